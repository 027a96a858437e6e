// ExtentPool: ranges of 2^order units in [0, capacity), by the buddy system [1]: each lies at a
// multiple of its size, and two free halves of one join again. No memory is touched: it only says
// which units are whose.
// [1] Knowlton. A fast storage allocator. Communications of the ACM 8(10), 1965.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace quadrille {

// One thread. Allocates when it is made, never after.
class ExtentPool {
 public:
  explicit ExtentPool(std::int64_t capacity = 0);
  // First unit of a range that nobody has; -1: there is none.
  std::int64_t take(int order);
  void give_back(std::int64_t first, int order);
  std::int64_t end() const { return end_; }  // no unit at or behind it is in use

 private:
  static constexpr int kOrders = 31;
  static constexpr std::int8_t kInUse = -1;
  struct Unit {  // says something where a free range begins
    std::int32_t next, previous;
    std::int8_t order = kInUse;
  };
  Unit& unit(std::int64_t at) { return units_[static_cast<std::size_t>(at)]; }
  std::int32_t& first_free(int order) { return free_[static_cast<std::size_t>(order)]; }
  void push(std::int64_t first, int order);
  void unlink(std::int64_t first);
  bool is_free(std::int64_t first, int order);
  void shrink();

  std::vector<Unit> units_;
  std::array<std::int32_t, kOrders> free_;  // lists by order; -1: empty
  std::int64_t end_ = 0;
};

}  // namespace quadrille
