/* The operators of all laws and orders, as the kernel table holds them. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {

template <class Floats, std::size_t... kOrder>
constexpr void fill_harmonic(FieldTable& table, std::index_sequence<kOrder...>) {
  ((table.harmonic[kOrder + 1] = harmonic::operators<Floats, kOrder + 1>()), ...);
}

template <class Arch>
constexpr FieldTable field_table() {
  using Floats = NarrowBatch<Arch, field::kLanes>;
  FieldTable table = {};
  table.sort_sources = field::sort_sources<Arch>;
  fill_harmonic<Floats>(table, std::make_index_sequence<kMostHarmonicOrder>());
  for (int order = kLeastRadialOrder; order <= kMostRadialOrder; ++order) {
    table.inverse[order] = radial::operators_of<InverseLaw, Floats>(order);
    table.inverse_square[order] = radial::operators_of<InverseSquareLaw, Floats>(order);
  }
  return table;
}

}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
