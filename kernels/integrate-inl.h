/* Leapfrog, kick-drift-kick [1]: to = from + scale * rate, a lane an element, so every instruction
   set rounds alike. No fused multiply-add: it would round once where the others round twice.
   [1] Hockney, Eastwood. Computer Simulation Using Particles. 1988. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {

template <class Arch>
void axpy(const AxpyArgs& args) {
  using Floats = Batch<float, Arch>;
  constexpr auto width = static_cast<std::int64_t>(Floats::size);
  const Floats scale(args.scale);
  std::int64_t i = 0;
  for (; i + width <= args.count; i += width) {
    const Floats moved = scale * Floats::load_unaligned(args.rate + i);
    (Floats::load_unaligned(args.from + i) + moved).store_unaligned(args.to + i);
  }
  for (; i < args.count; ++i) {
    const float moved = args.scale * args.rate[i];
    args.to[i] = args.from[i] + moved;
  }
}

}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
