// What the searches under Relacy share: a counter as the engine's templates take one, and a search
// of which is known what it must find.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <ostream>
#include <streambuf>

// Last: it gives other meanings to new, delete and the memory orders. It also brings an operator
// new that does not mix with the library's own: build with -fno-sized-deallocation, and give it no
// stream that allocates.
#include <relacy/relacy.hpp>
#undef new
#undef delete
#undef free
#undef malloc
#undef memory_order_relaxed
#undef memory_order_acquire
#undef memory_order_release

namespace quadrille {

inline rl::memory_order order_of(std::memory_order order) {
  switch (order) {
    case std::memory_order::relaxed: return rl::mo_relaxed;
    case std::memory_order::acquire: return rl::mo_acquire;
    case std::memory_order::release: return rl::mo_release;
    default: return rl::mo_acq_rel;
  }
}

class RelacyCounter {
 public:
  RelacyCounter(std::uint64_t value = 0) : value_(value) {}
  std::uint64_t load(std::memory_order order) const { return value_.load(order_of(order), $); }
  void store(std::uint64_t value, std::memory_order order) {
    value_.store(value, order_of(order), $);
  }
  std::uint64_t exchange(std::uint64_t value, std::memory_order order) {
    return value_.exchange(value, order_of(order), $);
  }
  std::uint64_t fetch_add(std::uint64_t value, std::memory_order order) {
    return value_.fetch_add(value, order_of(order), $);
  }
  // Relacy allows no failure order that is stronger than the order of success, as weakened ones
  // are; it looks at the newest value here, so that a failure is a load with that order.
  bool compare_exchange_strong(std::uint64_t& expected, std::uint64_t value,
                               std::memory_order success, std::memory_order failure) {
    if (value_.compare_exchange(rl::bool_t<false>(), expected, value, order_of(success),
                                rl::mo_relaxed, $)) {
      return true;
    }
    value_.load(order_of(failure), $);
    return false;
  }

 private:
  rl::atomic<std::uint64_t> value_;
};

class NoOutput : public std::streambuf {
  int overflow(int letter) override { return letter; }
};

inline int wrong = 0;

// `switches`: at most so many preemptions a run; -1: any number.
template <class Test>
void expect(rl::test_result_e expected, const char* what, int switches = -1) {
  NoOutput nowhere;
  std::ostream silent(&nowhere);
  rl::test_params params;
  params.output_stream = params.progress_stream = &silent;
  params.search_type = switches < 0 ? rl::sched_full : rl::sched_bound;
  params.context_bound = switches < 0 ? 0 : static_cast<unsigned>(switches);
  rl::simulate<Test>(params);
  const bool holds = params.test_result == rl::test_result_success;
  const auto runs = static_cast<unsigned long long>(params.stop_iteration);
  if (params.test_result != expected) {
    std::printf("WRONG     %s: %s\n", what, rl::test_result_str(params.test_result));
    ++wrong;
  } else {
    std::printf(holds ? "verified  %-66s %10llu runs\n" : "found     %-66s %10llu. run\n", what,
                runs);
  }
}

inline constexpr rl::test_result_e kHolds = rl::test_result_success;

}  // namespace quadrille
