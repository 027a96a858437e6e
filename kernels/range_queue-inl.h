/* What nearest and window queries walk a tree with, once they know how far they look. A walk first
   gathers which places of the tree's order are to be looked at and asks for them ahead: what a
   query reads is then under way together, not one miss after the other. Ranges that meet become
   one, so that registers are full though leaves are not. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace query {

// Places to be looked at, in the order in which they are added: of points that are to be tested,
// or, as ~first, of points that are all inside.
template <class Scan>
class RangeQueue {
 public:
  RangeQueue(const PointColumnsView& points, Scan& scan) : points_(points), scan_(scan) {
    ranges_[0] = {0, -1};  // joins nothing
  }

  void add(std::int32_t first, std::int32_t last) {
    const std::int32_t is_whole = first >> 31;
    const std::int32_t begin = first ^ is_whole;
    ask_ahead(begin, last);
    const Range& tail = ranges_[size_];
    const bool joins = tail.last == begin && tail.first >> 31 == is_whole;
    const std::int32_t from = joins ? tail.first : first;
    size_ += static_cast<int>(!joins);
    ranges_[size_] = {from, last};
    if (size_ == kSlots - 1) finish();
  }
  void finish() {
    for (int i = 1; i <= size_; ++i) {
      const Range range = ranges_[i];
      if (range.first < 0) {
        scan_.take(~range.first, range.last);
      } else {
        scan_.scan(range.first, range.last);
      }
    }
    size_ = 0;
  }

 private:
  struct Range {
    std::int32_t first, last;
  };
  static constexpr int kSlots = 64;
  static constexpr std::int32_t kAhead = 64;  // points; the processor sees where more lead

  QUADRILLE_PREFETCHING void ask_ahead(std::int32_t first, std::int32_t last) const {
    const std::int32_t end = last < first + kAhead ? last : first + kAhead;
    for (std::int32_t at = first; at < end + 15; at += 16) {
      __builtin_prefetch(points_.x + at);
      __builtin_prefetch(points_.y + at);
      if constexpr (Scan::kReadsIds) __builtin_prefetch(points_.order + at);
    }
  }

  const PointColumnsView& points_;
  Scan& scan_;
  int size_ = 0;
  Range ranges_[kSlots];  // [1 .. size_]; [0] is there to be looked at
};

// What waits to be walked: a node, or places that come before those of what waits below. One word,
// so that it is read as it was written.
using WaitingWord = std::uint64_t;
inline WaitingWord waiting_of(std::int32_t first, std::int32_t last) {
  return static_cast<std::uint32_t>(first) | std::uint64_t{static_cast<std::uint32_t>(last)} << 32;
}
inline std::int32_t first_of(WaitingWord waiting) { return static_cast<std::int32_t>(waiting); }
inline std::int32_t last_of(WaitingWord waiting) {  // < 0: the node first_of()
  return static_cast<std::int32_t>(waiting >> 32);
}

inline int lowest_bit(std::uint32_t bits) { return __builtin_ctz(bits); }
inline int highest_bit(std::uint32_t bits) { return 31 - __builtin_clz(bits); }

// The number of an inner child's own node.
inline std::int32_t node_of_child(const QueryNode& node, int child) {
  return node.first_inner + __builtin_popcount(node.inner_mask & ((1u << child) - 1));
}

QUADRILLE_PREFETCHING void prefetch_node(const QueryNode* node) {
  for (std::size_t at = 0; at < sizeof(QueryNode); at += 64)
    __builtin_prefetch(reinterpret_cast<const char*>(node) + at);
}

}  // namespace query
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
