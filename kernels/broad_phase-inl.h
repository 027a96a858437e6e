/* Broad-phase over a hierarchy of uniform grids [1]: discs i and j overlap when (xi - xj)^2 + (yi -
   yj)^2 < (ri + rj)^2, all in float. A row of cells is one run of places, so a disc's candidates on
   a level are one run a row: lanes are candidates, nothing is summed across lanes, and lists come
   out ascending on every instruction set. Levels stand coarsest first, and each pair is found from
   its earlier place: half of the cells around a disc on its own level, none of coarser ones.
   [1] Ericson. Real-Time Collision Detection. 2005, 7.2. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {

// The finest levels with cells as wide as the discs from the i-th on, a lane each: cells halve, so
// it is how many of them, beside the coarsest, are wide enough.
template <class Floats>
inline Floats finest_levels(const GridCellArgs& args, std::int64_t i) {
  const Floats one(1.0f), zero(0.0f);
  const Floats widest = Floats(kCellRadii) * Floats::load_unaligned(args.radius + i);
  Floats finest = zero;
  for (int l = 1; l < args.num_levels; ++l)
    finest = finest + select(widest <= Floats(args.levels[l].cell), one, zero);
  return finest;
}

inline std::int32_t cell_of_disc(const GridCellArgs& args, std::int64_t i, float finest) {
  const GridLevel& level = args.levels[static_cast<std::int32_t>(finest)];
  return level.first_cell + grid_row(level, args.y[i]) * level.columns +
         grid_column(level, args.x[i]);
}

// One level: compilers make registers of this loop.
inline void grid_cells_of(const GridCellArgs& args, const GridLevel level) {
  for (std::int64_t i = args.begin; i < args.end; ++i) {
    args.cell[i] = level.first_cell + grid_row(level, args.y[i]) * level.columns +
                   grid_column(level, args.x[i]);
  }
}

template <class Arch>
void grid_cells(const GridCellArgs& args) {
  using Floats = Batch<float, Arch>;
  constexpr auto width = static_cast<std::int64_t>(Floats::size);
  if (args.num_levels == 1) return grid_cells_of(args, args.levels[0]);
  std::int64_t i = args.begin;
  for (; i + width <= args.end; i += width) {
    float finest[Floats::size];
    finest_levels<Floats>(args, i).store_unaligned(finest);
    for (std::int64_t k = 0; k < width; ++k)
      args.cell[i + k] = cell_of_disc(args, i + k, finest[k]);
  }
  for (; i < args.end; ++i) {
    float finest[1];
    finest_levels<ScalarBatch<float>>(args, i).store_unaligned(finest);
    args.cell[i] = cell_of_disc(args, i, finest[0]);
  }
}

// A little more than how far two discs that overlap can be apart: rounding must not hide the cell
// of one of them.
inline float overlap_reach(float at, float radius, float largest) {
  const float reach = radius + largest;
  return reach + 1e-6f * ((at < 0 ? -at : at) + reach);
}

// hits(first, bits): bit i says that place first + i overlaps `place`. A register of candidates is
// looked at even where there are none: most runs are shorter than one, and whether one is empty
// cannot be guessed.
template <class Arch, class Hits>
inline void scan_run(const OverlapArgs& args, std::int64_t place, std::int32_t begin,
                     std::int32_t end, Hits&& hits) {
  using Floats = Batch<float, Arch>;
  constexpr auto width = static_cast<std::int32_t>(Floats::size);
  const Floats x(args.x[place]), y(args.y[place]), radius(args.radius[place]);
  std::int32_t first = begin;
  do {
    const Floats dx = Floats::load_unaligned(args.x + first) - x;
    const Floats dy = Floats::load_unaligned(args.y + first) - y;
    const Floats reach = Floats::load_unaligned(args.radius + first) + radius;
    const std::uint64_t bits = mask_bits(dx * dx + dy * dy < reach * reach);
    const std::int32_t left = end - first < width ? end - first : width;
    hits(first, bits & ((std::uint64_t{1} << left) - 1));
    first += width;
  } while (first < end);
}

// Later places of a narrow level: the rest of the own cell and the next one, and three cells of the
// row above. On the uppermost row nothing of that run is looked at.
template <class Arch, class Hits>
inline void scan_narrow_level(const OverlapArgs& args, const GridLevel& level, std::int64_t place,
                              Hits&& hits) {
  const std::int32_t column = grid_column(level, args.x[place]);
  const std::int32_t row = grid_row(level, args.y[place]);
  const std::int32_t left = column > 0 ? column - 1 : 0;
  const std::int32_t right = column + 1 < level.columns ? column + 1 : column;
  const std::int32_t* start = args.cell_start + level.first_cell + row * level.columns;
  scan_run<Arch>(args, place, static_cast<std::int32_t>(place + 1), start[right + 1], hits);
  const std::int32_t inside =
      -static_cast<std::int32_t>(row + 1 < level.rows);  // all bits, or none
  start += level.columns & inside;
  const std::int32_t begin = start[left];
  scan_run<Arch>(args, place, begin, begin + ((start[right + 1] - begin) & inside), hits);
}

// Rows of one level from `row` upward; `from`: no place before it.
template <class Arch, class Hits>
inline void scan_level(const OverlapArgs& args, const GridLevel& level, std::int64_t place,
                       std::int32_t row, std::int32_t from, Hits&& hits) {
  const float x = args.x[place], y = args.y[place], radius = args.radius[place];
  const float reach_x = overlap_reach(x, radius, level.largest_radius);
  const float reach_y = overlap_reach(y, radius, level.largest_radius);
  const std::int32_t left = grid_column(level, x - reach_x);
  const std::int32_t right = grid_column(level, x + reach_x);
  const std::int32_t top = grid_row(level, y + reach_y);
  for (; row <= top; ++row) {
    const std::int32_t* start = args.cell_start + level.first_cell + row * level.columns;
    const std::int32_t first = start[left] < from ? from : start[left];
    scan_run<Arch>(args, place, first, start[right + 1], hits);
  }
}

// Later places alone: of the own level from the own cell's row upward, of finer levels all.
template <class Arch, class Hits>
inline void scan_overlaps(const OverlapArgs& args, std::int64_t place, int own, Hits&& hits) {
  const float y = args.y[place];
  if (args.levels[own].narrow) {
    scan_narrow_level<Arch>(args, args.levels[own], place, hits);
  } else {
    scan_level<Arch>(args, args.levels[own], place, grid_row(args.levels[own], y),
                     static_cast<std::int32_t>(place + 1), hits);
  }
  for (int l = own + 1; l < args.num_levels; ++l) {
    const GridLevel& level = args.levels[l];
    if (level.num_discs == 0) continue;
    const float reach_y = overlap_reach(y, args.radius[place], level.largest_radius);
    scan_level<Arch>(args, level, place, grid_row(level, y - reach_y), 0, hits);
  }
}

// The level of `place`, which is `level` or a finer one.
inline int level_of_place(const OverlapArgs& args, std::int64_t place, int level) {
  while (level + 1 < args.num_levels && place >= args.cell_start[args.levels[level + 1].first_cell])
    ++level;
  return level;
}

template <class Arch>
std::int64_t stage_overlaps(const OverlapArgs& args) {
  std::int64_t in_blocks = 0;  // full ones
  std::int32_t* block = args.neighbors;
  std::int32_t* to = block;
  int level = 0;
  for (std::int64_t place = args.begin; place < args.end; ++place) {
    args.first[place] = in_blocks + (to - block);
    level = level_of_place(args, place, level);
    scan_overlaps<Arch>(args, place, level, [&](std::int32_t run, std::uint64_t bits) {
      to = store_hits<Arch>(to, run, bits);
      if (to - block < args.room) return;
      in_blocks += to - block;
      block = to = args.next_block(args.blocks, to - block);
    });
  }
  return in_blocks + (to - block);
}

template <class Arch>
void fill_overlaps(const OverlapArgs& args) {
  std::int64_t next = args.next;
  int level = 0;
  for (std::int64_t place = args.begin; place < args.end; ++place) {
    args.first[place] = next;
    level = level_of_place(args, place, level);
    scan_overlaps<Arch>(args, place, level, [&](std::int32_t run, std::uint64_t bits) {
      for (; bits != 0; bits &= bits - 1) args.neighbors[next++] = run + __builtin_ctzll(bits);
    });
  }
}

}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
