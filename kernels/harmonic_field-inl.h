/* Fields of the law 1/r, unsoftened, by complex series [1]. With z the complex place, bodies of
   mass m pull with minus the conjugate of
     f(z) = sum of m / (z - z_j) = sum over k of M_k / (z - c)^(k + 1)
          = sum over l of L_l (z - c')^l,   t = c' - c,
     L_l = (-1)^l / t^(l + 1)  sum over k of  binomial(k + l, l) M_k / t^k.
   The inner sums need no multiplication: with A_k = M_k / t^k and A replaced by its suffix sums
   once for each l, A_0 is the sum for l, by Pascal's rule. Moment k is the sum of m w^k, w the
   place relative to the centre in units of the scale: no power leaves the range of a float.
   Moments and terms: real part, imaginary part.
   [1] Greengard, Rokhlin. A fast algorithm for particle simulations. J. Comput. Phys. 1987. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace harmonic {

template <class Floats>
struct Complexes {
  Floats re, im;
};
template <class Floats>
inline Complexes<Floats> times(const Complexes<Floats>& a, const Complexes<Floats>& b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

template <std::size_t kOrder, class Floats>
void p2m(const FieldBodies& bodies, const FieldCell& cell, float* moments) {
  field::LaneSums<2 * kOrder> sums;
  for (std::int64_t first = cell.first_body; first < cell.last_body; first += field::kLanes) {
    const field::BodyRows rows(bodies, cell, first);
    for (std::size_t lane = 0; lane < field::kLanes; lane += Floats::size) {
      const auto load = [lane](const float* row) { return Floats::load_unaligned(row + lane); };
      const Complexes<Floats> w = {load(rows.x), load(rows.y)};
      const Floats mass = load(rows.mass);
      Complexes<Floats> term = {mass * w.re, mass * w.im};
      for (std::size_t k = 0; k < kOrder; ++k) {
        float* const re = sums.term[2 * k];
        float* const im = sums.term[2 * k + 1];
        (load(re) + term.re).store_unaligned(re + lane);
        (load(im) + term.im).store_unaligned(im + lane);
        if (k + 1 < kOrder) term = times(term, w);
      }
    }
  }
  float totals[field::padded(2 * kOrder)];
  sums.total(totals);
  for (std::size_t k = 0; k < 2 * kOrder; ++k) moments[k] = totals[k];
}

// A child's moments D, seen from its parent's centre, are the sum over i of
// binomial(k, i) t^(k - i) D_i [1, lemma 2.3]; column k of Pascal's triangle by additions. Lanes
// are children.
template <std::size_t kOrder>
void m2m(const FieldCell* children, const float* of_children, const FieldCell& cell,
         float* moments) {
  using field::Quad;
  const field::SiblingLanes lanes(children, cell.num_children());
  const Quad scale = field::splat(cell.scale > 0 ? cell.scale : HUGE_VALF);
  const Complexes<Quad> t = {(lanes.x - field::splat(cell.center_x)) / scale,
                             (lanes.y - field::splat(cell.center_y)) / scale};
  Quad of_child[2 * kOrder];
  lanes.load(of_children, of_child);
  const Quad ratio = lanes.scale / scale;
  Quad factor = ratio;
  Complexes<Quad> shifted[kOrder + 1] = {{lanes.mass, Quad{}}};
  field::unrolled<kOrder>([&](auto before) __attribute__((always_inline)) {
    constexpr std::size_t k = before + 1;
    shifted[k] = {factor * of_child[2 * k - 2], factor * of_child[2 * k - 1]};
    factor *= ratio;
  });
  field::unrolled<kOrder>([&](auto round) __attribute__((always_inline)) {
    field::unrolled<kOrder - round>([&](auto back) __attribute__((always_inline)) {
      constexpr std::size_t k = kOrder - back;
      const Complexes<Quad> more = times(t, shifted[k - 1]);
      shifted[k] = {shifted[k].re + more.re, shifted[k].im + more.im};
    });
  });
  Quad sums[2 * kOrder];
  for (std::size_t k = 0; k < kOrder; ++k) {
    sums[2 * k] = shifted[k + 1].re;
    sums[2 * k + 1] = shifted[k + 1].im;
  }
  field::add_lanes(sums, moments);
}

// One register of sources. Distances are taken in units of their own, which neither their squares
// nor their inverses can leave the range of a float by.
template <std::size_t kOrder, class Floats>
inline void transfer_lanes(const field::SourceRows<2 * kOrder>& rows, const FieldCell& target,
                           std::size_t lane, field::LaneSums<2 * kOrder + 2>& sums) {
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
    a[k] = times(power, {load(rows.moment[2 * k - 2]), load(rows.moment[2 * k - 1])});
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
    float* const re = sums.term[2 * l];
    float* const im = sums.term[2 * l + 1];
    (load(re) + term.re).store_unaligned(re + lane);
    (load(im) + term.im).store_unaligned(im + lane);
    if (l < kOrder) factor = times(factor, r);
  }
}

template <std::size_t kOrder, class Floats>
void m2l(const TransferArgs& args) {
  field::LaneSums<2 * kOrder + 2> sums;
  field::SourceRows<2 * kOrder> rows;
  for (std::int64_t first = 0; first < args.num_sources; first += field::kLanes) {
    rows.load(args, first);
    for (std::size_t lane = 0; lane < static_cast<std::size_t>(rows.count); lane += Floats::size)
      transfer_lanes<kOrder, Floats>(rows, *args.target, lane, sums);
  }
  float totals[field::padded(2 * kOrder + 2)];
  sums.total(totals);
  for (std::size_t l = 0; l < 2 * kOrder + 2; ++l) args.field->term[l] += totals[l];
}

// Horner's scheme, term by term; then from one scale to the other. Lanes are children.
template <std::size_t kOrder>
void l2l(const LocalField& of_parent, const FieldCell& from, const FieldCell* children,
         LocalField* results) {
  using field::Quad;
  const field::SiblingLanes lanes(children, from.num_children());
  // Without a scale all stand on one spot, as after a refit they may: the first term is all.
  const Quad scale = field::splat(from.scale > 0 ? from.scale : HUGE_VALF);
  const Complexes<Quad> t = {(lanes.x - field::splat(from.center_x)) / scale,
                             (lanes.y - field::splat(from.center_y)) / scale};
  Complexes<Quad> term[kOrder + 1];
  for (std::size_t l = 0; l <= kOrder; ++l)
    term[l] = {field::splat(of_parent.term[2 * l]), field::splat(of_parent.term[2 * l + 1])};
  field::unrolled<kOrder>([&](auto l) __attribute__((always_inline)) {
    field::unrolled<kOrder - l>([&](auto back) __attribute__((always_inline)) {
      constexpr std::size_t k = kOrder - 1 - back;
      const Complexes<Quad> more = times(t, term[k + 1]);
      term[k] = {term[k].re + more.re, term[k].im + more.im};
    });
  });
  const Quad ratio = lanes.scale / scale;
  Quad factor = field::splat(1), scaled[2 * kOrder + 2];
  for (std::size_t l = 0; l <= kOrder; ++l, factor *= ratio) {
    scaled[2 * l] = factor * term[l].re;
    scaled[2 * l + 1] = factor * term[l].im;
  }
  field::store_fields(scaled, lanes.count, results);
}

template <std::size_t kOrder, class Floats>
void l2p(const EvaluateArgs& args) {
  const float* const term = args.field->term;
  field::pull_bodies<Floats>(args, [&](const Floats& wx, const Floats& wy, Floats& x, Floats& y) {
    const Complexes<Floats> w = {wx, wy};
    Complexes<Floats> sum = {Floats(term[2 * kOrder]), Floats(term[2 * kOrder + 1])};
    for (std::size_t l = kOrder; l-- > 0;) {
      sum = times(sum, w);
      sum = {sum.re + Floats(term[2 * l]), sum.im + Floats(term[2 * l + 1])};
    }
    x = sum.re;
    y = Floats(0.0f) - sum.im;
  });
}

template <class Floats, std::size_t kOrder>
constexpr FieldOperators operators() {
  return {.order = static_cast<int>(kOrder),
          .is_harmonic = true,
          .num_moments = static_cast<int>(field::padded(2 * kOrder)),
          .power = InverseLaw::kPower,
          .p2m = p2m<kOrder, Floats>,
          .m2m = m2m<kOrder>,
          .m2l = m2l<kOrder, Floats>,
          .l2l = l2l<kOrder>,
          .l2p = l2p<kOrder, Floats>,
          .p2p = field::p2p<InverseLaw, Floats>};
}

}  // namespace harmonic
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
