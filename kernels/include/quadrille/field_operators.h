// The six operators of a fast multipole method, as the kernel table and a user's own law provide
// them; named as the literature does: P particles, M moments, L local field [Greengard, Rokhlin
// 1987].
#pragma once

#include <cstdint>

namespace quadrille {

inline constexpr int kMostHarmonicOrder = 8, kLeastRadialOrder = 2, kMostRadialOrder = 6;
inline constexpr int kMostFieldMoments = 20, kMostFieldTerms = 27;  // floats
// Elements behind the last body of columns by place, which may be read.
inline constexpr int kFieldPadding = 64;
inline constexpr std::int32_t kMostSiblings = 4;

// What a quadrant is to far ones, but for its moments. 32 bytes: a walk of the tree reads nothing
// else.
struct alignas(32) FieldCell {
  // Operators read four at a time.
  float center_x, center_y;  // of mass, as floats have it: moment 1 is what they miss
  float scale;               // no body is farther from the centre; 0: nearer than a float can tell
  float mass;
  float reach;  // two cells whose reaches do not meet act on each other as wholes
  std::uint32_t first_child : 30, branching : 2;  // children stand together; 0: a leaf
  std::int32_t first_body, last_body;             // places [first, last)

  bool is_leaf() const { return branching == 0; }
  std::int32_t num_children() const { return branching == 0 ? 0 : branching + 1; }  // not one alone
};
static_assert(sizeof(FieldCell) == 32);

// The field of far bodies inside of a cell, as a power series about its centre in units of its
// scale.
struct LocalField {
  float term[kMostFieldTerms + 1];  // whole quads
  double constant;                  // of the potential, where that is asked for (field_potential.h)
};

struct BodySpan {
  std::int32_t first, last;
};

// Bodies by place, with kFieldPadding elements behind the last.
struct FieldBodies {
  const float* x;
  const float* y;
  const float* mass;
};

// Adds to `field`, which is that of `target`, what the cells `sources` do to it. Moments of cell c
// begin at moments[c * num_moments].
struct TransferArgs {
  const FieldCell* cells;
  const float* moments;
  std::int64_t num_moments;
  const std::int32_t* sources;
  std::int64_t num_sources;
  const FieldCell* target;
  float softening2;
  LocalField* field;
};

// Adds the pull of `field` to ax and ay of the bodies of `cell`.
struct EvaluateArgs {
  const LocalField* field;
  const FieldCell* cell;
  FieldBodies bodies;
  float* ax;
  float* ay;
};

// Adds to ax and ay of the bodies [first, last) the pulls of those in `spans`.
struct NearArgs {
  FieldBodies bodies;
  const BodySpan* spans;
  std::int64_t num_spans;
  std::int64_t first, last;
  float softening2;        // > 0: a body's pull on itself must be 0, not 0 / 0
  float shift_x, shift_y;  // by which the sources stand off
  float* ax;
  float* ay;
};

// A source is a cell, or in a periodic square an image of one: its number in kNearImages stands
// above the cell's bits.
inline constexpr int kImageShift = 27;
inline constexpr std::int32_t kSourceQueue = 2048;  // half of it is more than 255 levels leave open

struct QueuedSource {
  std::int32_t source;
  std::uint32_t targets;  // bits: for which it is to be considered
};
struct SortedSource {
  std::int32_t source;
  std::uint16_t far, near;  // bits of targets that it acts on as a whole, and of those it does not
};

// Sorts out what sources are to up to four targets. A source that is left to a target is not wider
// than it, or a leaf; to a leaf only leaves are left. Returns when all are sorted (then nothing
// waits), or `sorted` is full: it goes on when called again with more room.
struct SourceSorter {
  const FieldCell* cells;
  const float* image_x;  // by how much images stand off
  const float* image_y;
  std::int32_t cell_mask;              // of a source, the bits of its cell
  std::int32_t first_target;           // a cell
  std::uint32_t targets;               // bits
  std::int32_t first_body, last_body;  // of all targets
  float x[kMostSiblings], y[kMostSiblings], reach[kMostSiblings];
  float scale[kMostSiblings];  // of a leaf -1: everything is wider
  const std::int32_t* sources;
  std::int64_t num_sources;
  SortedSource* sorted;
  std::int64_t num_sorted, capacity;
  std::int32_t head, tail;  // of what waits
  QueuedSource queue[kSourceQueue];

  bool is_done() const { return head == tail && num_sources == 0; }
};

struct PotentialLaw;

// Of one law of pull and one order.
struct FieldOperators {
  int order = 0;
  bool is_harmonic = false;                 // complex series
  const PotentialLaw* potential = nullptr;  // of a law of one's own, if it has one
  int num_moments = 0;  // floats a cell: a multiple of 4, of which the last may mean nothing
  int power = 0;        // the pull falls with that power of the distance; 0: with none
  void (*p2m)(const FieldBodies& bodies, const FieldCell& cell, float* moments);
  // `children` are those of the cell, their moments follow each other.
  void (*m2m)(const FieldCell* children, const float* of_children, const FieldCell& cell,
              float* moments);
  void (*m2l)(const TransferArgs& args);
  // The field of `from` about the centres of its children.
  void (*l2l)(const LocalField& field, const FieldCell& from, const FieldCell* children,
              LocalField* results);
  void (*l2p)(const EvaluateArgs& args);
  void (*p2p)(const NearArgs& args);
};

// [order]; those below the least are not used. Harmonic: 1/r without softening, by complex series.
// Others: softened laws, by Taylor series.
struct FieldTable {
  void (*sort_sources)(SourceSorter& sorter);
  FieldOperators harmonic[kMostHarmonicOrder + 1];
  FieldOperators inverse[kMostRadialOrder + 1];
  FieldOperators inverse_square[kMostRadialOrder + 1];
};

}  // namespace quadrille
