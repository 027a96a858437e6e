#include <atomic>

#include <quadrille/status.h>

namespace quadrille {
namespace {

void trap(const char*, const char*, int) { __builtin_trap(); }

std::atomic<AssertHandler> assert_handler{&trap};

}  // namespace

void set_assert_handler(AssertHandler handler) {
  assert_handler.store(handler == nullptr ? &trap : handler, std::memory_order_release);
}

namespace detail {
void assertion_failed(const char* condition, const char* file, int line) {
  assert_handler.load(std::memory_order_acquire)(condition, file, line);
}
}  // namespace detail

}  // namespace quadrille
