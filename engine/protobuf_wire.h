// ProtobufMessage: the bytes of one protobuf message, field by field [1]: all of the encoding that
// a trace needs is a variable-length number and a length before what is embedded.
//
// By hand, because the library would bring its runtime, a compiler in the build, and schemas that
// Debian does not package, for these few lines.
// [1] protobuf.dev/programming-guides/encoding
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace quadrille {

class ProtobufMessage {
 public:
  void clear() { bytes_.clear(); }
  std::string_view bytes() const { return bytes_; }

  ProtobufMessage& number(std::uint32_t field, std::uint64_t value) {
    tag(field, kVarint);
    varint(value);
    return *this;
  }
  // int32, int64 and enums: a negative value takes ten bytes, as the encoding has it.
  ProtobufMessage& signed_number(std::uint32_t field, std::int64_t value) {
    return number(field, static_cast<std::uint64_t>(value));
  }
  ProtobufMessage& text(std::uint32_t field, std::string_view value) {  // UTF-8
    tag(field, kLengthDelimited);
    varint(value.size());
    bytes_ += value;
    return *this;
  }
  ProtobufMessage& message(std::uint32_t field, const ProtobufMessage& value) {
    return text(field, value.bytes());
  }

 private:
  static constexpr std::uint32_t kVarint = 0, kLengthDelimited = 2;

  void tag(std::uint32_t field, std::uint32_t wire_type) { varint(field << 3 | wire_type); }
  void varint(std::uint64_t value) {  // seven bits a byte, the lowest first
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }

  std::string bytes_;
};

}  // namespace quadrille
