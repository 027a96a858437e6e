// Multipole: the field of all bodies at all bodies, from a quadtree, in time proportional to their
// number.
//
// Moments upward (field_cells.h); then each cell takes from its parent the field of what is far
// and the list of what is not yet decided, adds what has become far, and hands both on, down to the
// leaves, which sum their neighbours one by one [Greengard, Rokhlin 1987; which cells are far from
// each other: Dehnen 2002]. Series of two kinds: harmonic_field-inl.h for 1/r, radial_field-inl.h
// for softened and other laws. Error, limits and cost: README, "Multipole".
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/field_cells.h>
#include <quadrille/field_potential.h>
#include <quadrille/periodic_square.h>
#include <quadrille/quadtree.h>
#include <quadrille/status.h>

namespace quadrille {

class Parallel;
struct KernelTable;

enum class PullLaw : std::uint8_t {
  kInverse,        // m r / (r^2 + softening^2): gravity in two dimensions
  kInverseSquare,  // m r / (r^2 + softening^2)^(3/2): that of a thin disc in three
};

// Beyond a theta of 1 circles about cells cross, where series need not converge: what falls off as
// slowly as 1/r may take that, with few terms.
inline constexpr float kMostTheta = 1.5f;
inline constexpr int kMostOrderBeyondOne = 4;

struct MultipoleOptions {
  PullLaw law = PullLaw::kInverse;
  float softening = 0.0f;  // length; finite, not negative
  // Of moments and fields: 1 to 8 for 1/r without softening, else 2 to 6.
  int order = 4;
  // Two cells act on each other as wholes where the sum of their radii is less than theta times the
  // distance of their centres; those of many bodies are held to less, by a root of their mass
  // (field_cells.h). In [0, most_theta()]; smaller is more exact, 0 sums all bodies one by one.
  // Beyond 1 neighbouring cells may be taken as wholes, and bodies near their common edge may err
  // by all their pulls and more: for the mean of many bodies (of clusters of thousands, several
  // percent off: README), not for encounters of two.
  float theta = 0.9f;
  // Of 1/r alone: the bodies, which all stand in this square, repeat themselves in both directions,
  // before an even background of minus their density (periodic_square.h).
  PeriodicSquare square = {};
};

// The most that theta may be: kMostTheta for 1/r in the open plane, softened or not, of order
// kMostOrderBeyondOne or less; else 1. A law of your own is 1/r if it falls with the first power.
float most_theta(const MultipoleOptions& options);

// Whose pulls are wanted: of the bodies whose level is `least` or more. No levels: of all.
struct ActiveBodies {
  std::span<const std::uint8_t> level = {};  // by BodyID
  std::uint8_t least = 0;
  bool are_all() const { return level.empty() || least == 0; }
  bool has(BodyID body) const { return level[static_cast<std::size_t>(body)] >= least; }
};

// How much the lists of one walk hold, and what the upper part of the tree leaves to all workers.
// Whatever they are, nothing is lost; longer ones cost memory, shorter ones time.
struct MultipoleLists {
  std::int32_t sources = 1 << 15, far = 4096, near = 256;
  std::int32_t tasks = 4096, task_sources = 1 << 20;
};

class Multipole {
 public:
  // Takes its memory from `arena`, once: some 50 bytes a body (250 below a thousand), and with
  // lists of that length 5 MB and 200 kB a worker. kernels, parallel and arena must outlive this.
  // kInvalidArgument: a list of no length; kOutOfMemory.
  static Result<Multipole> create(std::int64_t max_bodies, const KernelTable& kernels,
                                  Parallel& parallel, Arena& arena,
                                  const MultipoleLists& lists = {});

  // kInvalidArgument: options out of range, in one sentence.
  static Status check(const MultipoleOptions& options);

  // ax[i] = sum over j of mass[j] (x[j] - x[i]) times the law's pull over the distance, ay alike,
  // by BodyID; coincident bodies do not act on each other. `mass` may be empty: all 1. `tree` holds
  // the bodies' places. Masses are not negative, and may be 0; places and masses are finite: where
  // one is not, no pull is. Nor is a pull that no float holds. Allocates nothing. The bytes of the
  // result do not depend on threads or instruction set. Bodies that are not active keep their ax
  // and ay; those of the others are the bytes that they would be if all were active (where lists
  // and the queue of sources do not run over: at a theta of 0.3 or more).
  // One call at a time.
  // kInvalidArgument: options out of range, a column that is not as long as the tree, more bodies
  // than max_bodies; nothing is written then.
  // kUnsupported: a periodic square with another law than 1/r, or with 2^27 quadrants, or lists of
  // less than 9 sources.
  Status accelerate(const QuadtreeView& tree, std::span<const float> mass,
                    const MultipoleOptions& options, std::span<float> ax, std::span<float> ay,
                    const ActiveBodies& active = {});
  // The same by a law of your own: operators from radial_operators() (radial_field.h). Of
  // `options`, theta and softening count. kUnsupported: a periodic square.
  Status accelerate(const QuadtreeView& tree, std::span<const float> mass,
                    const FieldOperators& operators, const MultipoleOptions& options,
                    std::span<float> ax, std::span<float> ay);

  // potential[i] = sum over j of mass[j] G(distance), of which minus the gradient is what
  // accelerate() gives: log(distance^2 + softening^2) / 2 for 1/r, minus one over the root of that
  // sum for 1/r^2. A body is none to itself; coincident ones count where softening keeps them
  // finite. In double but for the sums' last step; ten times the time of the pulls. Else as above;
  // kUnsupported: a law of your own without a potential, a periodic square (whose energy
  // field_energy.h has).
  Status potentials(const QuadtreeView& tree, std::span<const float> mass,
                    const MultipoleOptions& options, std::span<float> potential);
  Status potentials(const QuadtreeView& tree, std::span<const float> mass,
                    const FieldOperators& operators, const MultipoleOptions& options,
                    std::span<float> potential);

  std::span<const FieldCell> cells() const { return cells_.cells(); }

 private:
  struct Walk;    // of one worker
  struct Family;  // cells that it sums up together
  struct Task {   // a cell, summed up, whose descendants are left to any worker
    LocalField field;
    std::int32_t cell, begin, end;  // undecided for it: task_sources_[begin, end)
  };
  static constexpr std::int32_t kCellMask = (1 << kImageShift) - 1;

  Multipole() = default;
  FieldOperators operators_of(const MultipoleOptions& options) const;
  void choose_units(const QuadtreeView& tree, std::span<const float> mass,
                    const MultipoleOptions& options);
  void load_bodies(const QuadtreeView& tree, std::span<const float> mass,
                   const PeriodicSquare& square);
  void lump_coincident();
  void add_potentials_of_spots();
  Status solve(const QuadtreeView& tree, std::span<const float> mass,
               const FieldOperators& operators, const MultipoleOptions& options,
               std::span<float> ax, std::span<float> ay, const ActiveBodies& active);
  // Of a periodic square (multipole_images.cpp).
  void open_square(const MultipoleOptions& options);
  void choose_coarse_cells(double most_scale);
  void add_far_images(std::int32_t cell, LocalField& field) const;
  void add_far_images_by_bodies(double side);
  void mark_active();
  bool is_active(std::int32_t cell) const {
    return active_.are_all() || has_active_[static_cast<std::size_t>(cell)] != 0;
  }
  BodySpan targets_of(const FieldCell& cell) const;
  void descend_all();
  void descend(Walk& walk, std::int32_t cell, const LocalField& field,
               std::span<const std::int32_t> undecided);
  void visit(Walk& walk, Family& family, std::span<const std::int32_t> sources);
  void sort_out(Walk& walk, Family& family, std::span<const std::int32_t> sources);
  void ask_for_children(const FieldCell& cell) const;
  void ask_for_pulls(const FieldCell& cell, std::span<float> pulls) const;
  void add_sorted(Walk& walk, Family& family);
  void add_sorted_far(Walk& walk, Family& family, std::int32_t target);
  void add_sorted_near(Walk& walk, const Family& family, std::int32_t target);
  void take_sorted_near(Walk& walk, Family& family, std::int32_t target);
  void add_neighbor(Walk& walk, std::int32_t to, std::int32_t source);
  bool hand_over(const Walk& walk, std::int32_t cell, const LocalField& field,
                 std::span<const std::int32_t> undecided);
  void add_far(Walk& walk, std::int32_t cell, LocalField& field);
  void add_near(Walk& walk, const FieldCell& targets);
  void finish_leaf(const FieldCell& cell, const LocalField& field);
  void finish_potentials(const FieldCell& cell, const LocalField& field);
  std::int32_t image_of(std::int32_t source) const { return is_open_ ? 0 : source >> kImageShift; }
  std::int32_t cell_of(std::int32_t source) const { return is_open_ ? source : source & kCellMask; }
  FieldBodies bodies() const { return {x_.data(), y_.data(), mass_.data()}; }

  const KernelTable* kernels_ = nullptr;
  Parallel* parallel_ = nullptr;
  MultipoleLists lists_;
  FieldCells cells_;
  std::span<float> x_, y_, mass_, pull_x_, pull_y_;  // by place
  std::span<Walk> walks_;
  std::span<Task> tasks_;
  std::span<std::int32_t> task_sources_;
  // Of the call that is going on.
  QuadtreeView tree_;
  FieldOperators operators_;
  float softening2_ = 0;
  std::span<const float> masses_;  // by BodyID, or empty
  std::span<float> ax_, ay_;       // of potentials: the same column
  PotentialSeries potential_;      // with a law: potentials are asked for, not pulls
  // Powers of two, by which places and masses are multiplied: then the extent of all bodies and the
  // sum of their masses are about 1, and no square leaves the range of a float.
  float per_length_ = 1, per_mass_ = 1;
  double pull_unit_ = 1;
  bool has_even_masses_ = true;
  ActiveBodies active_;
  std::span<std::uint8_t> has_active_;  // by cell
  bool is_open_ = true;
  float image_x_[kNumNearImages] = {}, image_y_[kNumNearImages] = {};  // by how much they stand off
  // Cells, ascending, of which each body is in one, and what images beyond the nearest do there.
  std::span<std::int32_t> coarse_;
  std::span<LocalField> of_images_;
  std::size_t num_coarse_ = 0;
  // The background pulls by so much times the way from the centre of mass.
  double background_ = 0, center_x_ = 0, center_y_ = 0;
  std::int64_t task_bodies_ = 0, num_tasks_ = 0, num_task_sources_ = 0;
};

}  // namespace quadrille
