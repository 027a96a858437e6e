/* The fast multipole method's translation of far cells into a local field, and that field at bodies
   [1]. With z the complex place, bodies of mass m pull with minus the conjugate of
     f(z) = sum of m / (z - z_j) = sum over k of M_k / (z - c)^(k + 1)
          = sum over l of L_l (z - c')^l,   t = c' - c,
     L_l = (-1)^l / t^(l + 1)  sum over k of  binomial(k + l, l) M_k / t^k.
   The inner sums need no multiplication: with A_k = M_k / t^k and A replaced by its suffix sums
   once for each l, A_0 is the sum for l, by Pascal's rule.
   Lanes are source cells, 16 of them whatever the width: lane i adds up sources i, i + 16, ...; the
   lanes are summed at the end as a tree.
   [1] Greengard, Rokhlin. A fast algorithm for particle simulations. J. Comput. Phys. 1987. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace multipole {

constexpr std::int64_t kSourcesAtOnce = 16;

template <class Floats>
struct Complexes {
  Floats re, im;
};
template <class Floats>
inline Complexes<Floats> times(const Complexes<Floats>& a, const Complexes<Floats>& b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

// Cells of which each row is a column here. Lanes without a cell have no mass.
template <std::size_t kOrder>
struct SourceRows {
  float x[kSourcesAtOnce], y[kSourcesAtOnce], scale[kSourcesAtOnce], mass[kSourcesAtOnce];
  float re[kOrder][kSourcesAtOnce], im[kOrder][kSourcesAtOnce];

  void load(const TransferArgs& args, std::int64_t first) {
    for (std::int64_t lane = 0; lane < kSourcesAtOnce; ++lane) {
      const bool is_there = first + lane < args.num_sources;
      const MultipoleCell& cell = args.cells[args.sources[is_there ? first + lane : first]];
      x[lane] = cell.center_x;
      y[lane] = cell.center_y;
      scale[lane] = cell.scale;
      mass[lane] = is_there ? cell.mass : 0.0f;
      for (std::size_t k = 0; k < kOrder; ++k) {
        re[k][lane] = is_there ? cell.moment[k][0] : 0.0f;
        im[k][lane] = is_there ? cell.moment[k][1] : 0.0f;
      }
    }
  }
};

template <std::size_t kOrder>
struct LaneSums {
  float re[kOrder + 1][kSourcesAtOnce], im[kOrder + 1][kSourcesAtOnce];
};

// One register of sources. Distances are taken in units of their own, which neither their squares
// nor their inverses can leave the range of a float by.
template <std::size_t kOrder, class Floats>
inline void transfer_lanes(const SourceRows<kOrder>& rows, const MultipoleCell& target,
                           std::size_t lane, LaneSums<kOrder>& sums) {
  const auto load = [lane](const float* row) { return Floats::load_unaligned(row + lane); };
  const Floats dx = Floats(target.center_x) - load(rows.x);
  const Floats dy = Floats(target.center_y) - load(rows.y);
  const Floats zero(0.0f);
  const Floats per_unit = Floats(1.0f) / (max(dx, zero - dx) + max(dy, zero - dy));
  const Floats ux = dx * per_unit, uy = dy * per_unit;
  const Floats inverse = Floats(1.0f) / (ux * ux + uy * uy);
  const Complexes<Floats> v = {ux * inverse * per_unit, zero - uy * inverse * per_unit};  // 1 / t
  const Floats scale = load(rows.scale);
  const Complexes<Floats> q = {scale * v.re, scale * v.im};

  Complexes<Floats> a[kOrder + 1];
  a[0] = {load(rows.mass), zero};
  Complexes<Floats> power = q;
  for (std::size_t k = 1; k <= kOrder; ++k) {
    a[k] = times(power, {load(rows.re[k - 1]), load(rows.im[k - 1])});
    if (k < kOrder) power = times(power, q);
  }
  const Floats minus_scale(-target.scale);
  const Complexes<Floats> r = {minus_scale * v.re, minus_scale * v.im};
  Complexes<Floats> factor = v;
  for (std::size_t l = 0; l <= kOrder; ++l) {
    for (std::size_t k = kOrder; k-- > 0;) {
      a[k].re = a[k].re + a[k + 1].re;
      a[k].im = a[k].im + a[k + 1].im;
    }
    const Complexes<Floats> term = times(factor, a[0]);
    (load(sums.re[l]) + term.re).store_unaligned(sums.re[l] + lane);
    (load(sums.im[l]) + term.im).store_unaligned(sums.im[l] + lane);
    if (l < kOrder) factor = times(factor, r);
  }
}

inline float sum_of_lanes(float* lanes) {
  for (std::int64_t half = kSourcesAtOnce / 2; half > 0; half /= 2) {
    for (std::int64_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

template <class Arch, std::size_t kOrder>
void transfer(const TransferArgs& args) {
  using Floats = Batch<float, Arch>;
  LaneSums<kOrder> sums = {};
  SourceRows<kOrder> rows;
  for (std::int64_t first = 0; first < args.num_sources; first += kSourcesAtOnce) {
    rows.load(args, first);
    for (std::size_t lane = 0; lane < kSourcesAtOnce; lane += Floats::size)
      transfer_lanes<kOrder, Floats>(rows, *args.target, lane, sums);
  }
  for (std::size_t l = 0; l <= kOrder; ++l) {
    args.field->term[l][0] += sum_of_lanes(sums.re[l]);
    args.field->term[l][1] += sum_of_lanes(sums.im[l]);
  }
}

template <class Arch, std::size_t kOrder>
void evaluate(const FieldArgs& args) {
  using Floats = Batch<float, Arch>;
  constexpr auto width = static_cast<std::int64_t>(Floats::size);
  const MultipoleCell& cell = *args.cell;
  const Floats scale(cell.scale > 0 ? cell.scale : 1.0f);
  const Floats center_x(cell.center_x), center_y(cell.center_y);
  for (std::int64_t first = args.first; first < args.last; first += width) {
    const Complexes<Floats> w = {(Floats::load_unaligned(args.x + first) - center_x) / scale,
                                 (Floats::load_unaligned(args.y + first) - center_y) / scale};
    Complexes<Floats> sum = {Floats(args.field->term[kOrder][0]),
                             Floats(args.field->term[kOrder][1])};
    for (std::size_t l = kOrder; l-- > 0;) {
      sum = times(sum, w);
      sum = {sum.re + Floats(args.field->term[l][0]), sum.im + Floats(args.field->term[l][1])};
    }
    // Lanes behind the last target are other cells' business: theirs must not be written.
    float re[Floats::size], im[Floats::size];
    sum.re.store_unaligned(re);
    sum.im.store_unaligned(im);
    const std::int64_t left = args.last - first;
    for (std::int64_t i = 0; i < left && i < width; ++i) {
      args.ax[first + i] -= re[i];
      args.ay[first + i] += im[i];
    }
  }
}

template <class Arch>
constexpr MultipoleBodies bodies() {
  return {.transfer = {transfer<Arch, 1>, transfer<Arch, 1>, transfer<Arch, 2>, transfer<Arch, 3>,
                       transfer<Arch, 4>, transfer<Arch, 5>, transfer<Arch, 6>, transfer<Arch, 7>,
                       transfer<Arch, 8>},
          .evaluate = {evaluate<Arch, 1>, evaluate<Arch, 1>, evaluate<Arch, 2>, evaluate<Arch, 3>,
                       evaluate<Arch, 4>, evaluate<Arch, 5>, evaluate<Arch, 6>, evaluate<Arch, 7>,
                       evaluate<Arch, 8>}};
}

}  // namespace multipole
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
