// TextWriter: text and numbers into a file sink, through a buffer; and whole files, compressed
// where the name says so.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include <quadrille/status.h>

#include "engine/replace_file.h"

namespace quadrille {

// The first failure of the sink stays; what is put after it goes nowhere.
class TextWriter {
 public:
  explicit TextWriter(const FileSink& sink) : sink_(sink) {
    buffer_.reserve(kBufferBytes + kMostPut);
  }

  TextWriter& operator<<(std::string_view text) {
    buffer_.append(text);
    return flush_if_full();
  }
  TextWriter& operator<<(char c) {
    buffer_.push_back(c);
    return *this;
  }
  // Reals in the shortest form that reads back as the same number.
  template <class Number>
    requires std::is_arithmetic_v<Number>
  TextWriter& operator<<(Number value) {
    char text[kMostPut];
    const auto [end, error] = std::to_chars(text, text + sizeof text, value);
    (void)error;  // kMostPut holds every number
    buffer_.append(text, end);
    return flush_if_full();
  }
  template <class Value>
  void put_raw(Value value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    *this << std::string_view(bytes, sizeof bytes);
  }
  Status finish() {
    flush();
    return status_;
  }

 private:
  static constexpr std::size_t kBufferBytes = std::size_t{1} << 18, kMostPut = 64;

  TextWriter& flush_if_full() {
    if (buffer_.size() >= kBufferBytes) flush();
    return *this;
  }
  void flush() {
    if (status_.is_ok() && !buffer_.empty()) status_ = sink_(buffer_);
    buffer_.clear();
  }

  const FileSink& sink_;
  std::string buffer_;
  Status status_;
};

// Replaces the file by what `produce` puts, compressed if the name ends in .gz or .zst.
Status write_file(const std::string& path, const std::function<void(TextWriter&)>& produce);

}  // namespace quadrille
