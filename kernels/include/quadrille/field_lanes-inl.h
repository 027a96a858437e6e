/* What the operators of harmonic and of radial fields share. Lanes are source cells, or bodies of a
   leaf, 8 of them whatever the width: lane i adds up elements i, i + 8, ...; the lanes are summed
   at the end as a tree. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace field {

constexpr std::int64_t kLanes = 8;  // sources are few: 16, as AVX-512 has, stand half empty

constexpr std::size_t padded(std::size_t rows) { return (rows + 3) / 4 * 4; }

// f(0), f(1), ... as constants: loops that must be unrolled, to keep their arrays in registers, or
// because a compiler would make calls of them.
template <int kCount, class Visit>
inline __attribute__((always_inline)) void unrolled(Visit visit) {
  [&]<int... kIndex>(std::integer_sequence<int, kIndex...>) __attribute__((always_inline)) {
    (visit(std::integral_constant<int, kIndex>()), ...);
  }(std::make_integer_sequence<int, kCount>());
}

// Four floats, or their bits, on every instruction set.
using Quad = float __attribute__((vector_size(16)));
using QuadBits = std::int32_t __attribute__((vector_size(16)));

inline Quad load_quad(const float* from) {  // wherever they stand
  Quad quad;
  __builtin_memcpy(&quad, from, sizeof(quad));
  return quad;
}

inline void store_quad(float* to, const Quad& quad) { __builtin_memcpy(to, &quad, sizeof(quad)); }

// All bits of the first `count` of four.
inline QuadBits first_of_quad(std::int64_t count) {
  const auto most = static_cast<std::int32_t>(count < 4 ? count : 4);
  return QuadBits{0, 1, 2, 3} < QuadBits{most, most, most, most};
}

inline Quad masked(const Quad& quad, const QuadBits& bits) {
  return reinterpret_cast<Quad>(reinterpret_cast<QuadBits>(quad) & bits);
}

// Row i becomes column i.
inline void transpose(Quad row[4]) {
  const Quad low01 = __builtin_shufflevector(row[0], row[1], 0, 4, 1, 5);
  const Quad high01 = __builtin_shufflevector(row[0], row[1], 2, 6, 3, 7);
  const Quad low23 = __builtin_shufflevector(row[2], row[3], 0, 4, 1, 5);
  const Quad high23 = __builtin_shufflevector(row[2], row[3], 2, 6, 3, 7);
  row[0] = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
  row[1] = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
  row[2] = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
  row[3] = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
}

// to[i * stride + j] = from[j][i] for i and j up to 4; 0 where `inside` has no bits for j.
inline void transpose(const float* const from[4], const QuadBits& inside, float* to,
                      std::size_t stride) {
  Quad row[4] = {load_quad(from[0]), load_quad(from[1]), load_quad(from[2]), load_quad(from[3])};
  transpose(row);
  for (std::size_t i = 0; i < 4; ++i) store_quad(to + i * stride, masked(row[i], inside));
}

inline Quad splat(float value) { return Quad{value, value, value, value}; }

// A lane for each child of a cell; lanes without one repeat the first.
struct SiblingLanes {
  std::int64_t count;
  Quad x, y, scale, mass;

  SiblingLanes(const FieldCell* children, std::int64_t number) : count(number) {
    Quad row[4];
    for (std::int64_t i = 0; i < 4; ++i) row[i] = load_quad(&children[i < count ? i : 0].center_x);
    transpose(row);
    x = row[0];
    y = row[1];
    scale = row[2];
    mass = masked(row[3], first_of_quad(count));
  }

  // moment[k] of each, which stand in rows of padded(kMoments) floats; 0 in lanes without a child.
  template <std::size_t kMoments>
  void load(const float* of_children, Quad (&moment)[kMoments]) const {
    constexpr std::size_t kRow = padded(kMoments);
    const QuadBits inside = first_of_quad(count);
    unrolled<static_cast<int>(kRow / 4)>([&](auto group) __attribute__((always_inline)) {
      constexpr std::size_t k = 4 * group;
      Quad row[4];
      for (std::size_t i = 0; i < 4; ++i) {
        const std::size_t child = static_cast<std::int64_t>(i) < count ? i : 0;
        row[i] = load_quad(of_children + child * kRow + k);
      }
      transpose(row);
      for (std::size_t i = 0; i < 4 && k + i < kMoments; ++i)
        moment[k + i] = masked(row[i], inside);
    });
  }
};

// totals[k] = the sum of the lanes of sums[k].
template <std::size_t kTerms>
inline void add_lanes(const Quad (&sums)[kTerms], float* totals) {
  unrolled<static_cast<int>(padded(kTerms) / 4)>([&](auto group) __attribute__((always_inline)) {
    constexpr std::size_t k = 4 * group;
    Quad row[4] = {};
    for (std::size_t i = 0; i < 4 && k + i < kTerms; ++i) row[i] = sums[k + i];
    transpose(row);
    store_quad(totals + k, (row[0] + row[2]) + (row[1] + row[3]));
  });
}

// Term k of field i is lane i of terms[k].
template <std::size_t kTerms>
inline void store_fields(const Quad (&terms)[kTerms], std::int64_t count, LocalField* fields) {
  static_assert(padded(kTerms) <= sizeof(LocalField::term) / sizeof(float));
  unrolled<static_cast<int>(padded(kTerms) / 4)>([&](auto group) __attribute__((always_inline)) {
    constexpr std::size_t k = 4 * group;
    Quad row[4] = {};
    for (std::size_t i = 0; i < 4 && k + i < kTerms; ++i) row[i] = terms[k + i];
    transpose(row);
    for (std::int64_t i = 0; i < count; ++i) store_quad(fields[i].term + k, row[i]);
  });
}

// Made without a loop: one that clears, or one of unknown length that adds, took as long as all
// else that is done with few sources.
template <std::size_t kTerms>
struct LaneSums {
  float term[padded(kTerms)][kLanes];

  LaneSums() {
    unrolled<static_cast<int>(padded(kTerms) * kLanes / 4)>(
        [&](auto quad) { store_quad(&term[0][0] + 4 * quad, Quad{}); });
  }

  // Lane i and lane i + 4, then i and i + 2, and so on; four terms side by side.
  void total(float (&totals)[padded(kTerms)]) const {
    for (std::size_t k = 0; k < padded(kTerms); k += 4) {
      Quad sum[4];
      for (std::size_t i = 0; i < 4; ++i) {
        const float* const lanes = term[k + i];
        sum[i] = load_quad(lanes) + load_quad(lanes + 4);
      }
      transpose(sum);
      store_quad(totals + k, (sum[0] + sum[2]) + (sum[1] + sum[3]));
    }
  }
};

// Cells of which each row is a column here. Lanes without a cell have no mass.
template <std::size_t kMoments>
struct SourceRows {
  float x[kLanes], y[kLanes], scale[kLanes], mass[kLanes];
  float moment[padded(kMoments)][kLanes];
  std::int64_t count;  // of lanes with a cell

  void load(const TransferArgs& args, std::int64_t first) {
    const std::int64_t left = args.num_sources - first;
    count = left < kLanes ? left : kLanes;
    const std::int32_t* const sources = args.sources + first;
    for (std::int64_t lane = 0; lane < kLanes; lane += 4) {
      const QuadBits inside = first_of_quad(count - lane);
      const float* geometry[4];
      const float* moments[4];
      for (std::int64_t i = 0; i < 4; ++i) {
        const std::int64_t source = sources[lane + i < count ? lane + i : 0];
        geometry[i] = &args.cells[source].center_x;
        moments[i] = args.moments + source * static_cast<std::int64_t>(padded(kMoments));
      }
      transpose(geometry, first_of_quad(4), x + lane, kLanes);
      store_quad(mass + lane, masked(load_quad(mass + lane), inside));
      for (std::size_t k = 0; k < padded(kMoments); k += 4) {
        transpose(moments, inside, moment[k] + lane, kLanes);
        for (const float*& next : moments) next += 4;
      }
    }
  }
};

// Up to 8 bodies of a leaf, relative to its centre and in units of its scale. Lanes without a body
// have no mass, and stand at the centre.
struct BodyRows {
  float x[kLanes], y[kLanes], mass[kLanes];

  BodyRows(const FieldBodies& bodies, const FieldCell& cell, std::int64_t first) {
    const float unit = cell.scale > 0 ? cell.scale : 1.0f;
    const Quad scale = {unit, unit, unit, unit};
    const Quad center_x = {cell.center_x, cell.center_x, cell.center_x, cell.center_x};
    const Quad center_y = {cell.center_y, cell.center_y, cell.center_y, cell.center_y};
    for (std::int64_t lane = 0; lane < kLanes; lane += 4) {
      const QuadBits inside = first_of_quad(cell.last_body - first - lane);
      const std::int64_t at = first + lane;  // may lie in the columns' padding
      store_quad(x + lane, masked((load_quad(bodies.x + at) - center_x) / scale, inside));
      store_quad(y + lane, masked((load_quad(bodies.y + at) - center_y) / scale, inside));
      store_quad(mass + lane, masked(load_quad(bodies.mass + at), inside));
    }
  }
};

// The bodies of a leaf, a register at a time: at(w_x, w_y) gives the gradient of the field's
// potential at places in units of the scale.
template <class Floats, class Gradient>
inline void pull_bodies(const EvaluateArgs& args, Gradient gradient) {
  constexpr auto width = static_cast<std::int64_t>(Floats::size);
  const FieldCell& cell = *args.cell;
  const Floats scale(cell.scale > 0 ? cell.scale : 1.0f);
  const Floats center_x(cell.center_x), center_y(cell.center_y);
  for (std::int64_t first = cell.first_body; first < cell.last_body; first += width) {
    const Floats wx = (Floats::load_unaligned(args.bodies.x + first) - center_x) / scale;
    const Floats wy = (Floats::load_unaligned(args.bodies.y + first) - center_y) / scale;
    Floats along_x(0.0f), along_y(0.0f);
    gradient(wx, wy, along_x, along_y);
    // Lanes behind the last target are other cells' business: theirs must not be written.
    float x[Floats::size], y[Floats::size];
    along_x.store_unaligned(x);
    along_y.store_unaligned(y);
    const std::int64_t left = cell.last_body - first;
    for (std::int64_t i = 0; i < left && i < width; ++i) {
      args.ax[first + i] -= x[i];
      args.ay[first + i] -= y[i];
    }
  }
}

// kBlocks registers of targets at once, so that divisions overlap. Each target's sum is serial.
template <class Floats, std::size_t kBlocks>
struct TargetBlocks {
  static constexpr std::size_t kCount = kBlocks * Floats::size;
  Floats x[kBlocks], y[kBlocks], ax[kBlocks], ay[kBlocks];
  Floats softening2;

  TargetBlocks(const NearArgs& args, std::int64_t first) : softening2(args.softening2) {
    for (std::size_t b = 0; b < kBlocks; ++b) {
      const std::int64_t at = first + static_cast<std::int64_t>(b * Floats::size);
      x[b] = Floats::load_unaligned(args.bodies.x + at) - Floats(args.shift_x);
      y[b] = Floats::load_unaligned(args.bodies.y + at) - Floats(args.shift_y);
      ax[b] = ay[b] = Floats(0.0f);
    }
  }

  template <class Pull>
  inline __attribute__((always_inline)) void add(const FieldBodies& bodies, std::int32_t j,
                                                 Pull pull_of) {
    const Floats from_x(bodies.x[j]), from_y(bodies.y[j]), mass(bodies.mass[j]);
    for (std::size_t b = 0; b < kBlocks; ++b) {
      const Floats dx = from_x - x[b], dy = from_y - y[b];
      const Floats pull = pull_of(mass, Floats(dx * dx + dy * dy + softening2));
      ax[b] = ax[b] + pull * dx;
      ay[b] = ay[b] + pull * dy;
    }
  }

  void store(const NearArgs& args, std::int64_t first) const {
    float sums_x[kCount], sums_y[kCount];
    for (std::size_t b = 0; b < kBlocks; ++b) {
      ax[b].store_unaligned(sums_x + b * Floats::size);
      ay[b].store_unaligned(sums_y + b * Floats::size);
    }
    const std::int64_t left = args.last - first;
    for (std::int64_t i = 0; i < left && i < static_cast<std::int64_t>(kCount); ++i) {
      args.ax[first + i] += sums_x[i];
      args.ay[first + i] += sums_y[i];
    }
  }
};

// Every second body of a span by the law's other way, if it has one.
template <class Law, class Floats, std::size_t kBlocks>
inline void pull_targets(const NearArgs& args, std::int64_t first) {
  TargetBlocks<Floats, kBlocks> targets(args, first);
  const auto one_way = [](const Floats& mass, const Floats& s)
                           __attribute__((always_inline)) { return Law::pull(mass, s); };
  const auto other_way = [](const Floats& mass, const Floats& s) __attribute__((always_inline)) {
    if constexpr (requires { Law::pull_beside(mass, s); }) {
      return Law::pull_beside(mass, s);
    } else {
      return Law::pull(mass, s);
    }
  };
  for (std::int64_t i = 0; i < args.num_spans; ++i) {
    const std::int32_t last = args.spans[i].last;
    std::int32_t j = args.spans[i].first;
    for (; j + 1 < last; j += 2) {
      targets.add(args.bodies, j, one_way);
      targets.add(args.bodies, j + 1, other_way);
    }
    if (j < last) targets.add(args.bodies, j, one_way);
  }
  targets.store(args, first);
}

template <class Law, class Floats>
void p2p(const NearArgs& args) {
  constexpr auto width = static_cast<std::int64_t>(Floats::size);
  std::int64_t first = args.first;
  for (; args.last - first > 3 * width; first += 4 * width)
    pull_targets<Law, Floats, 4>(args, first);
  for (; args.last - first > 2 * width; first += 3 * width)
    pull_targets<Law, Floats, 3>(args, first);
  for (; args.last - first > width; first += 2 * width) pull_targets<Law, Floats, 2>(args, first);
  for (; first < args.last; first += width) pull_targets<Law, Floats, 1>(args, first);
}

}  // namespace field
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
