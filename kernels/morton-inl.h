/* Morton encode [1] and the bounds that it starts from.
   The loop over morton_key has no branch and no call, so the compiler widens it to the lanes of the
   instruction set; lanes do the same operations as one lane, in the same order. Minima and maxima
   are the same in any order, but for the sign of zero, which the driver settles.
   [1] Morton. A Computer Oriented Geodetic Data Base. IBM 1966. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {

template <class Arch>
void encode_morton(const MortonEncodeArgs& args) {
  const MortonSquare square = args.square;
  const float* const x = args.x;
  const float* const y = args.y;
  std::uint32_t* __restrict const keys = args.keys;
  for (std::int64_t i = 0; i < args.count; ++i) keys[i] = morton_key(x[i], y[i], square);
}

template <class Arch>
void min_max(MinMaxArgs& args) {
  using Floats = Batch<float, Arch>;
  constexpr auto width = static_cast<std::int64_t>(Floats::size);
  Floats low(args.min), high(args.max);
  std::int64_t i = 0;
  for (; i + width <= args.count; i += width) {
    const Floats value = Floats::load_unaligned(args.values + i);
    low = select(value < low, value, low);  // false for not-a-number, which min() may let through
    high = select(high < value, value, high);
  }
  float lows[Floats::size], highs[Floats::size];
  low.store_unaligned(lows);
  high.store_unaligned(highs);
  for (std::int64_t lane = 0; lane < width; ++lane) {
    args.min = lows[lane] < args.min ? lows[lane] : args.min;
    args.max = args.max < highs[lane] ? highs[lane] : args.max;
  }
  for (; i < args.count; ++i) {
    args.min = args.values[i] < args.min ? args.values[i] : args.min;
    args.max = args.max < args.values[i] ? args.values[i] : args.max;
  }
}

}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
