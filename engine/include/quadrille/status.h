// Status and Result: how every fallible function of the public API answers. No exception leaves the
// API. A failed Status carries a code for programs and one sentence for people, which names file,
// line and value.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace quadrille {

enum class StatusCode : std::int32_t {
  kOk = 0,
  kInvalidArgument,  // the caller asked for what cannot be: a wrong option, a source out of range
  kInvalidInput,     // a file or a value in it is malformed
  kNotFound,         // a file or a name does not exist
  kIoError,          // the system refused to read or write
  kOutOfMemory,      // the system gave no memory
  kBudgetExceeded,   // the hard limit of a MemoryBudget would be passed; nothing was changed
  kUnsupported,      // this processor, format or build cannot do it
  kNoFreeFrame,      // every slot is pinned by a reader; see FramePolicy
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {}
  static Status ok() { return {}; }

  bool is_ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  const std::string& message() const { return message_; }

 private:
  StatusCode code_ = StatusCode::kOk;
  std::string message_;
};

// Either a value or the Status that says why there is none.
template <class T>
class [[nodiscard]] Result {
 public:
  // Implicit by design: a function returns either.
  Result(T value) : held_(std::in_place_index<1>, std::move(value)) {}       // NOLINT
  Result(Status error) : held_(std::in_place_index<0>, std::move(error)) {}  // NOLINT

  bool is_ok() const { return held_.index() == 1; }
  Status status() const { return is_ok() ? Status::ok() : std::get<0>(held_); }
  T& value() & { return std::get<1>(held_); }
  const T& value() const& { return std::get<1>(held_); }
  T&& value() && { return std::get<1>(std::move(held_)); }
  T* operator->() { return &std::get<1>(held_); }
  const T* operator->() const { return &std::get<1>(held_); }
  T& operator*() & { return std::get<1>(held_); }
  const T& operator*() const& { return std::get<1>(held_); }

 private:
  std::variant<Status, T> held_;
};

// Called when an assertion fails: a mistake of ours, never bad input. The default writes nothing
// and traps.
using AssertHandler = void (*)(const char* condition, const char* file, int line);

// The one process-wide setting of the library (an assertion may fail where no simulation is known).
// Any thread.
void set_assert_handler(AssertHandler handler);

namespace detail {
void assertion_failed(const char* condition, const char* file, int line);
}

}  // namespace quadrille

#define QUADRILLE_RETURN_IF_ERROR(expression)                                   \
  do {                                                                          \
    if (::quadrille::Status status_or_ok = (expression); !status_or_ok.is_ok()) \
      return status_or_ok;                                                      \
  } while (false)

#define QUADRILLE_CONCAT_INNER(a, b) a##b
#define QUADRILLE_CONCAT(a, b) QUADRILLE_CONCAT_INNER(a, b)
// QUADRILLE_ASSIGN_OR_RETURN(Graph graph, read_graph(path));
#define QUADRILLE_ASSIGN_OR_RETURN(declaration, expression) \
  auto QUADRILLE_CONCAT(result_, __LINE__) = (expression);  \
  if (!QUADRILLE_CONCAT(result_, __LINE__).is_ok())         \
    return QUADRILLE_CONCAT(result_, __LINE__).status();    \
  declaration = std::move(QUADRILLE_CONCAT(result_, __LINE__)).value()

#if defined(QUADRILLE_ASSERTS) || !defined(NDEBUG)
#define QUADRILLE_ASSERT(condition) \
  ((condition) ? void(0) : ::quadrille::detail::assertion_failed(#condition, __FILE__, __LINE__))
#else
#define QUADRILLE_ASSERT(condition) void(0)
#endif
