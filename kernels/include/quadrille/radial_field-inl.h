/* Fields of any law of pull that depends on the distance alone, by Taylor series in x and y [1].
   With G the law's potential and s = x^2 + y^2 + softening^2, D_k = (2 d/ds)^k G,
   G_ij the derivative of G, i times by x and j times by y, is the one for m = 0 of [2]
     G^m_00 = D_m,   G^m_(i + 1)j = x G^(m + 1)_ij + i G^(m + 1)_(i - 1)j,   likewise by y.
   All is taken in units of the distance, sqrt(s), and moments and terms in units of their cells'
   scales, so that no power leaves the range of a float. A moment is the sum of m (-w)^b / b!, a
   term a coefficient of the potential's polynomial; both by degree, then by the power of y. Orders
   of source and target together do not exceed kOrder.
   [1] Dehnen. A hierarchical O(N) force calculation algorithm. J. Comput. Phys. 2002.
   [2] McMurchie, Davidson. One- and two-electron integrals over Cartesian Gaussian functions.
       J. Comput. Phys. 1978: the recursion, there for other G. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace radial {

using field::unrolled;

// Of the term x^(n - j) y^j; those below degree n come before.
constexpr int place(int n, int j) { return n * (n + 1) / 2 + j; }
constexpr std::size_t num_terms(int order) { return static_cast<std::size_t>(place(order + 1, 0)); }
constexpr float factorial(int n) { return n < 2 ? 1.0f : static_cast<float>(n) * factorial(n - 1); }

// visit(n, j) as constants, of degrees kFirst to kLast.
template <int kFirst, int kLast, class Visit>
inline __attribute__((always_inline)) void for_each_term(Visit visit) {
  unrolled<kLast - kFirst + 1>([&](auto degree) __attribute__((always_inline)) {
    constexpr int n = kFirst + degree;
    unrolled<n + 1>(
        [&](auto j) __attribute__((always_inline)) { visit(std::integral_constant<int, n>(), j); });
  });
}

template <int kOrder, class Floats>
inline void derivatives(const Floats& x, const Floats& y, const Floats* g, Floats* t) {
  t[0] = g[kOrder];
  unrolled<kOrder>([&](auto step) __attribute__((always_inline)) {
    constexpr int m = kOrder - 1 - step, most = kOrder - m;
    unrolled<most>([&](auto back) __attribute__((always_inline)) {
      constexpr int n = most - back;
      unrolled<n + 1>([&](auto power) __attribute__((always_inline)) {
        constexpr int j = power, i = n - j;
        if constexpr (i > 0) {
          Floats value = x * t[place(n - 1, j)];
          if constexpr (i > 1)
            value = value + Floats(static_cast<float>(i - 1)) * t[place(n - 2, j)];
          t[place(n, j)] = value;
        } else {
          Floats value = y * t[place(n - 1, j - 1)];
          if constexpr (j > 1)
            value = value + Floats(static_cast<float>(j - 1)) * t[place(n - 2, j - 2)];
          t[place(n, j)] = value;
        }
      });
    });
    if constexpr (m > 0) t[0] = g[m];
  });
}

template <int kOrder, class Floats>
void p2m(const FieldBodies& bodies, const FieldCell& cell, float* moments) {
  field::LaneSums<num_terms(kOrder - 1)> sums;
  for (std::int64_t first = cell.first_body; first < cell.last_body; first += field::kLanes) {
    const field::BodyRows rows(bodies, cell, first);
    for (std::size_t lane = 0; lane < field::kLanes; lane += Floats::size) {
      const auto load = [lane](const float* row) { return Floats::load_unaligned(row + lane); };
      const Floats zero(0.0f), x = zero - load(rows.x), y = zero - load(rows.y);
      Floats product[num_terms(kOrder - 1)];
      product[0] = load(rows.mass);
      for_each_term<1, kOrder - 1>([&](auto n, auto j) __attribute__((always_inline)) {
        if constexpr (j < n) {
          product[place(n, j)] = x * product[place(n - 1, j)];
        } else {
          product[place(n, j)] = y * product[place(n - 1, n - 1)];
        }
        float* const sum = sums.term[place(n, j)];
        (load(sum) + product[place(n, j)]).store_unaligned(sum + lane);
      });
    }
  }
  float totals[field::padded(num_terms(kOrder - 1))];
  sums.total(totals);
  for_each_term<1, kOrder - 1>([&](auto n, auto j) __attribute__((always_inline)) {
    moments[place(n, j) - 1] = totals[place(n, j)] / (factorial(n - j) * factorial(j));
  });
}

// Moments about a centre at minus (x, y) from theirs: by the binomial theorem, along x, then along
// y.
template <int kDegree, class Number>
inline __attribute__((always_inline)) void move_moments(const Number& x, const Number& y,
                                                        Number* moments) {
  constexpr std::size_t kPowers = kDegree + 1;
  Number power_x[kPowers], power_y[kPowers];  // over factorials
  power_x[1] = x;
  power_y[1] = y;
  unrolled<kDegree - 1>([&](auto before) __attribute__((always_inline)) {
    constexpr int i = before + 2;
    power_x[i] = power_x[i - 1] * x * (1.0f / i);
    power_y[i] = power_y[i - 1] * y * (1.0f / i);
  });
  unrolled<kDegree>([&](auto other) __attribute__((always_inline)) {
    unrolled<kDegree - other>([&](auto back) __attribute__((always_inline)) {
      constexpr int i = kDegree - other - back;
      unrolled<i>([&](auto k) __attribute__((always_inline)) {
        moments[place(i + other, other)] += power_x[i - k] * moments[place(k + other, other)];
      });
    });
  });
  unrolled<kDegree>([&](auto other) __attribute__((always_inline)) {
    unrolled<kDegree - other>([&](auto back) __attribute__((always_inline)) {
      constexpr int j = kDegree - other - back;
      unrolled<j>([&](auto k) __attribute__((always_inline)) {
        moments[place(j + other, j)] += power_y[j - k] * moments[place(k + other, k)];
      });
    });
  });
}

// Lanes are children.
template <int kOrder>
void m2m(const FieldCell* children, const float* of_children, const FieldCell& cell,
         float* moments) {
  using field::Quad;
  constexpr int kDegree = kOrder - 1;
  constexpr std::size_t kMoments = num_terms(kDegree) - 1;  // beside the mass
  const field::SiblingLanes lanes(children, cell.num_children());
  const Quad scale = field::splat(cell.scale > 0 ? cell.scale : HUGE_VALF);
  const Quad ratio = lanes.scale / scale;
  Quad own[kMoments], moved[kMoments + 1] = {lanes.mass}, factor = ratio;
  lanes.load(of_children, own);
  unrolled<kDegree>([&](auto before) __attribute__((always_inline)) {
    constexpr int n = before + 1;
    for (int j = 0; j <= n; ++j) moved[place(n, j)] = factor * own[place(n, j) - 1];
    factor *= ratio;
  });
  const Quad x = (field::splat(cell.center_x) - lanes.x) / scale;
  const Quad y = (field::splat(cell.center_y) - lanes.y) / scale;
  move_moments<kDegree>(x, y, moved);
  for (std::size_t i = 0; i < kMoments; ++i) own[i] = moved[i + 1];
  field::add_lanes(own, moments);
}

// The way from a register of sources to the target, in units of its length, 1 / v.
template <int kOrder, class Floats>
struct Way {
  Floats x, y, v;
  Floats g[static_cast<std::size_t>(kOrder) + 1];  // of the law
};

// Not inlined: the same for every law, and long.
template <int kOrder, class Floats>
__attribute__((noinline)) void transfer_lanes(
    const field::SourceRows<num_terms(kOrder - 1) - 1>& rows, float target_scale,
    const Way<kOrder, Floats>& way, std::size_t lane, field::LaneSums<num_terms(kOrder)>& sums) {
  const auto load = [lane](const float* row) { return Floats::load_unaligned(row + lane); };
  Floats t[num_terms(kOrder)], moment[num_terms(kOrder - 1)];
  derivatives<kOrder>(way.x, way.y, way.g, t);

  const Floats per_distance = load(rows.scale) * way.v;
  Floats power = per_distance;
  moment[0] = load(rows.mass);
  unrolled<kOrder - 1>([&](auto degree) __attribute__((always_inline)) {
    constexpr int n = degree + 1;
    unrolled<n + 1>([&](auto j) __attribute__((always_inline)) {
      moment[place(n, j)] = power * load(rows.moment[place(n, j) - 1]);
    });
    if constexpr (n + 1 < kOrder) power = power * per_distance;
  });
  const Floats ratio = Floats(target_scale) * way.v;
  Floats factor = way.v;
  unrolled<kOrder>([&](auto degree) __attribute__((always_inline)) {
    constexpr int n = degree + 1;
    unrolled<n + 1>([&](auto j) __attribute__((always_inline)) {
      Floats sum = moment[0] * t[place(n, j)];
      for_each_term<1, kOrder - n>([&](auto m, auto k) __attribute__((always_inline)) {
        sum = sum + moment[place(m, k)] * t[place(n + m, j + k)];
      });
      float* const lanes = sums.term[place(n, j)];
      (load(lanes) + factor * sum).store_unaligned(lanes + lane);
    });
    if constexpr (n < kOrder) factor = factor * ratio;
  });
}

template <class Law, int kOrder, class Floats>
void m2l(const TransferArgs& args) {
  using std::sqrt;
  field::LaneSums<num_terms(kOrder)> sums;
  field::SourceRows<num_terms(kOrder - 1) - 1> rows;
  for (std::int64_t first = 0; first < args.num_sources; first += field::kLanes) {
    rows.load(args, first);
    for (std::size_t lane = 0; lane < static_cast<std::size_t>(rows.count); lane += Floats::size) {
      const Floats dx = Floats(args.target->center_x) - Floats::load_unaligned(rows.x + lane);
      const Floats dy = Floats(args.target->center_y) - Floats::load_unaligned(rows.y + lane);
      const Floats s = dx * dx + dy * dy + Floats(args.softening2);
      Way<kOrder, Floats> way;
      way.v = Floats(1.0f) / sqrt(s);
      way.x = dx * way.v;
      way.y = dy * way.v;
      Law::template derivatives<kOrder>(s, way.v, way.g);
      transfer_lanes<kOrder, Floats>(rows, args.target->scale, way, lane, sums);
    }
  }
  float totals[field::padded(num_terms(kOrder))];
  sums.total(totals);
  for_each_term<1, kOrder>([&](auto n, auto j) __attribute__((always_inline)) {
    args.field->term[place(n, j) - 1] += totals[place(n, j)] / (factorial(n - j) * factorial(j));
  });
}

// Horner's scheme along x, then along y; then from one scale to the other. Lanes are children.
template <int kOrder>
void l2l(const LocalField& of_parent, const FieldCell& from, const FieldCell* children,
         LocalField* results) {
  using field::Quad;
  const field::SiblingLanes lanes(children, from.num_children());
  const Quad scale = field::splat(from.scale > 0 ? from.scale : HUGE_VALF);
  const Quad x = (lanes.x - field::splat(from.center_x)) / scale;
  const Quad y = (lanes.y - field::splat(from.center_y)) / scale;
  Quad term[num_terms(kOrder)] = {};
  for (std::size_t i = 1; i < num_terms(kOrder); ++i) term[i] = field::splat(of_parent.term[i - 1]);
  unrolled<kOrder>([&](auto j) __attribute__((always_inline)) {
    unrolled<kOrder - j>([&](auto low) __attribute__((always_inline)) {
      unrolled<kOrder - j - low>([&](auto back) __attribute__((always_inline)) {
        constexpr int i = kOrder - j - 1 - back;
        term[place(i + j, j)] += x * term[place(i + 1 + j, j)];
      });
    });
  });
  unrolled<kOrder>([&](auto i) __attribute__((always_inline)) {
    unrolled<kOrder - i>([&](auto low) __attribute__((always_inline)) {
      unrolled<kOrder - i - low>([&](auto back) __attribute__((always_inline)) {
        constexpr int j = kOrder - i - 1 - back;
        term[place(i + j, j)] += y * term[place(i + j + 1, j + 1)];
      });
    });
  });
  const Quad ratio = lanes.scale / scale;
  Quad factor = field::splat(1), scaled[num_terms(kOrder) - 1];
  unrolled<kOrder>([&](auto before) __attribute__((always_inline)) {
    constexpr int n = before + 1;
    for (int j = 0; j <= n; ++j) scaled[place(n, j) - 1] = factor * term[place(n, j)];
    factor *= ratio;
  });
  field::store_fields(scaled, lanes.count, results);
}

template <int kOrder, class Floats>
void l2p(const EvaluateArgs& args) {
  const float* const field = args.field->term;
  const auto term = [field](int i, int j, int times) {
    return Floats(static_cast<float>(times) * field[place(i + j, j) - 1]);
  };
  field::pull_bodies<Floats>(args, [&](const Floats& wx, const Floats& wy, Floats& x, Floats& y) {
    x = y = Floats(0.0f);
    for (int j = kOrder; j >= 0; --j) {
      Floats row(0.0f);
      for (int i = kOrder - j; i >= 1; --i) row = row * wx + term(i, j, i);
      x = x * wy + row;
    }
    for (int i = kOrder; i >= 0; --i) {
      Floats row(0.0f);
      for (int j = kOrder - i; j >= 1; --j) row = row * wy + term(i, j, j);
      y = y * wx + row;
    }
  });
}

template <class Law, class Floats, int kOrder>
constexpr FieldOperators operators() {
  return {.order = kOrder,
          .num_moments = static_cast<int>(field::padded(num_terms(kOrder - 1) - 1)),
          .power = Law::kPower,
          .p2m = p2m<kOrder, Floats>,
          .m2m = m2m<kOrder>,
          .m2l = m2l<Law, kOrder, Floats>,
          .l2l = l2l<kOrder>,
          .l2p = l2p<kOrder, Floats>,
          .p2p = field::p2p<Law, Floats>};
}

// Of an order from kLeastRadialOrder to kMostRadialOrder; for others an empty one.
template <class Law, class Floats>
constexpr FieldOperators operators_of(int order) {
  switch (order) {
    case 2: return operators<Law, Floats, 2>();
    case 3: return operators<Law, Floats, 3>();
    case 4: return operators<Law, Floats, 4>();
    case 5: return operators<Law, Floats, 5>();
    case 6: return operators<Law, Floats, 6>();
    default: return {};
  }
}

}  // namespace radial
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
