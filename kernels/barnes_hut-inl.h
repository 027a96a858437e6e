/* The field of cells and bodies under the two-dimensional law of gravity, 1/r, softened: a body of
   mass m at distance (dx, dy) accelerates by  m (dx, dy) / (dx^2 + dy^2 + softening^2).
   As complex numbers, with u the way from the centre of mass to the target and v = 1/u, a cell's
   field is its monopole to hexadecapole [1]:
     -conj( v (m + q (M1 + q (M2 + q (M3 + q M4)))) ),   q = scale v
   Softened, v = conj(u) / D, D = |u|^2 + softening^2, and the second order of the expansion has two
   terms more, of Taylor's series in u and conj(u):
     + conj( (softening scale / D)^2 (2 inertia v + conj(M2 v)) )
   Lanes are targets: each target's sum runs serially over cells, then bodies, whatever the width.
   [1] Greengard, Rokhlin. A fast algorithm for particle simulations. J. Comput. Phys. 1987. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {

// kBlocks registers of targets at once, so that divisions overlap.
template <class Floats, std::size_t kBlocks>
struct BarnesHutTargets {
  Floats x[kBlocks], y[kBlocks], ax[kBlocks], ay[kBlocks];
};

template <bool kSoftened, class Floats, std::size_t kBlocks>
inline void add_cell(const BarnesHutCell& cell, const Floats& softening2,
                     BarnesHutTargets<Floats, kBlocks>& targets) {
  const Floats center_x(cell.center_x), center_y(cell.center_y), mass(cell.mass), scale(cell.scale);
  const Floats re1(cell.moment[0][0]), im1(cell.moment[0][1]), re2(cell.moment[1][0]),
      im2(cell.moment[1][1]);
  const Floats re3(cell.moment[2][0]), im3(cell.moment[2][1]), re4(cell.moment[3][0]),
      im4(cell.moment[3][1]);
  for (std::size_t b = 0; b < kBlocks; ++b) {
    const Floats ux = targets.x[b] - center_x, uy = targets.y[b] - center_y;
    const Floats inverse = Floats(1.0f) / (ux * ux + uy * uy + softening2);
    const Floats vx = ux * inverse, vy = uy * inverse;  // conj(v)
    const Floats qx = scale * vx, qy = scale * vy;      // conj(q)
    const Floats cx = re3 + (qx * re4 + qy * im4), cy = im3 + (qx * im4 - qy * re4);
    const Floats bx = re2 + (qx * cx + qy * cy), by = im2 + (qx * cy - qy * cx);
    const Floats dx = re1 + (qx * bx + qy * by), dy = im1 + (qx * by - qy * bx);
    const Floats sx = mass + (qx * dx + qy * dy), sy = qx * dy - qy * dx;
    targets.ax[b] = targets.ax[b] - (vx * sx + vy * sy);
    targets.ay[b] = targets.ay[b] + (vx * sy - vy * sx);
    if constexpr (kSoftened) {
      const Floats inertia2(2.0f * cell.inertia);
      const Floats weight = (softening2 * inverse) * (scale * scale * inverse);  // no overflow
      targets.ax[b] = targets.ax[b] + weight * (inertia2 * vx + (re2 * vx + im2 * vy));
      targets.ay[b] = targets.ay[b] + weight * (inertia2 * vy + (im2 * vx - re2 * vy));
    }
  }
}

template <class Floats, std::size_t kBlocks>
inline void add_bodies(const BarnesHutArgs& args, const BodySpan& span, const Floats& softening2,
                       BarnesHutTargets<Floats, kBlocks>& targets) {
  for (std::int32_t j = span.first; j < span.last; ++j) {
    const Floats x(args.x[j]), y(args.y[j]), mass(args.mass[j]);
    for (std::size_t b = 0; b < kBlocks; ++b) {
      const Floats dx = x - targets.x[b], dy = y - targets.y[b];
      const Floats pull = mass / (dx * dx + dy * dy + softening2);
      targets.ax[b] = targets.ax[b] + pull * dx;
      targets.ay[b] = targets.ay[b] + pull * dy;
    }
  }
}

template <class Arch, std::size_t kBlocks, bool kSoftened>
inline void accumulate_targets(const BarnesHutArgs& args, std::int64_t first) {
  const float* x = args.x + first;
  const float* y = args.y + first;
  using Floats = Batch<float, Arch>;
  constexpr std::size_t width = Floats::size;
  BarnesHutTargets<Floats, kBlocks> targets;
  for (std::size_t b = 0; b < kBlocks; ++b) {
    targets.x[b] = Floats::load_unaligned(x + b * width);
    targets.y[b] = Floats::load_unaligned(y + b * width);
    targets.ax[b] = targets.ay[b] = Floats(0.0f);
  }
  const Floats softening2(args.softening2);
  for (std::int64_t i = 0; i < args.num_far; ++i)
    add_cell<kSoftened>(args.cells[args.far[i]], softening2, targets);
  for (std::int64_t i = 0; i < args.num_near; ++i)
    add_bodies(args, args.near[i], softening2, targets);
  // Lanes behind the last target are other groups' business: theirs must not be written.
  float sums_x[kBlocks * width], sums_y[kBlocks * width];
  for (std::size_t b = 0; b < kBlocks; ++b) {
    targets.ax[b].store_unaligned(sums_x + b * width);
    targets.ay[b].store_unaligned(sums_y + b * width);
  }
  const std::int64_t left = args.last - first;
  for (std::int64_t i = 0; i < left && i < static_cast<std::int64_t>(kBlocks * width); ++i) {
    args.ax[first + i] += sums_x[i];
    args.ay[first + i] += sums_y[i];
  }
}

template <class Arch, bool kSoftened>
inline void accumulate_all(const BarnesHutArgs& args) {
  constexpr auto width = static_cast<std::int64_t>(Batch<float, Arch>::size);
  std::int64_t first = args.first;
  for (; args.last - first > 2 * width; first += 4 * width)
    accumulate_targets<Arch, 4, kSoftened>(args, first);
  for (; first < args.last; first += 2 * width) accumulate_targets<Arch, 2, kSoftened>(args, first);
}

template <class Arch>
void accumulate(const BarnesHutArgs& args) {
  if (args.softened) {
    accumulate_all<Arch, true>(args);
  } else {
    accumulate_all<Arch, false>(args);
  }
}

}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
