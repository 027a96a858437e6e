#include "scenes/input/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace quadrille {

Result<TextFile> TextFile::open(const std::string& path, MemoryBudget* budget) {
  TextFile file;
  file.path_ = path;
  QUADRILLE_ASSIGN_OR_RETURN(MappedFile mapped, MappedFile::open(path));
  file.file_ = std::make_shared<const MappedFile>(std::move(mapped));
  const std::span<const char> bytes = file.file_->bytes();
  file.text_ = {bytes.data(), bytes.size()};
  file.compressed_ = path.ends_with(".gz") || path.ends_with(".zst") ||
                     detect_compression(bytes) != Compression::kNone;
  if (!file.compressed_) {
    file.skip_byte_order_mark();
    return file;
  }
  Result<OwnedBytes> inflated = decompress(bytes, budget);
  if (!inflated.is_ok()) {
    const Status status = inflated.status();
    return Status(status.code(), path + ": " + status.message());
  }
  file.file_->release_range(0, bytes.size());
  file.inflated_ = std::move(inflated).value();
  file.text_ = {file.inflated_.bytes().data(), file.inflated_.bytes().size()};
  file.skip_byte_order_mark();
  return file;
}

// Some programs begin a text with one, to say that it is UTF-8.
void TextFile::skip_byte_order_mark() {
  if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
}

void TextFile::release(std::string_view part) const {
  if (is_compressed() || part.empty()) return;
  const auto begin = static_cast<std::size_t>(part.data() - file_->bytes().data());
  file_->release_range(begin, begin + part.size());
}

Status TextFile::fault(const char* at, const std::string& what) const {
  const auto line = 1 + std::count(text_.data(), at, '\n');
  return {StatusCode::kInvalidInput, path_ + ":" + std::to_string(line) + ": " + what};
}

Status TextFile::fault(const std::string& what) const {
  return {StatusCode::kInvalidInput, path_ + ": " + what};
}

std::string in_quotes(std::string_view token) {
  constexpr std::size_t kMost = 40;
  std::string text = "'";
  for (const char c : token.substr(0, kMost)) text += c >= ' ' && c <= '~' ? c : '?';
  return text + (token.size() > kMost ? "...'" : "'");
}

std::size_t TextChunks::begin_of(std::int64_t chunk) const {
  const std::size_t nominal = static_cast<std::size_t>(chunk) * kBytes;
  if (nominal == 0) return 0;
  if (nominal >= text_.size()) return text_.size();
  const std::size_t end_of_line = text_.find('\n', nominal - 1);
  return end_of_line == std::string_view::npos ? text_.size() : end_of_line + 1;
}

std::string_view TextChunks::operator[](std::int64_t chunk) const {
  const std::size_t begin = begin_of(chunk);
  return text_.substr(begin, begin_of(chunk + 1) - begin);
}

std::string_view LineCursor::peek() const {
  const char* p = at_;
  while (p != end_ && !is_separator(*p)) ++p;
  return {at_, static_cast<std::size_t>(p - at_)};
}

std::string_view LineCursor::take_field() {
  const std::string_view field = peek();
  at_ += field.size();
  skip_separator();
  return field;
}

// Zeros in front, signs, reals, words: whatever the fast path does not know.
Scan LineCursor::take_unusual(std::uint64_t& value) {
  const std::string_view field = peek();
  std::string_view digits = field;
  if (digits.empty()) return Scan::kMissing;
  const bool negative = digits.front() == '-';
  if (negative || digits.front() == '+') digits.remove_prefix(1);
  const bool whole =
      !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
  if (!whole) {
    double real = 0;
    LineCursor copy = *this;
    const Scan scan = copy.take_real(real);
    return scan == Scan::kOk ? Scan::kReal : scan;
  }
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.size() > 18) return negative ? Scan::kNegative : Scan::kTooLarge;
  std::uint64_t sum = 0;
  for (const char c : digits) sum = sum * 10 + static_cast<unsigned>(c - '0');
  if (negative && sum != 0) return Scan::kNegative;
  value = sum;
  take_field();
  return Scan::kOk;
}

Scan LineCursor::take_real(double& value) {
  const std::string_view field = peek();
  if (field.empty()) return Scan::kMissing;
  const bool plus = field.size() > 1 && field[0] == '+' && field[1] != '-';
  const char* const end = field.data() + field.size();
  double parsed = 0;
  const auto [stop, error] = std::from_chars(field.data() + plus, end, parsed);
  if (error == std::errc::invalid_argument || stop != end) return Scan::kNotANumber;
  // Out of range is also what from_chars says of numbers too small to hold; those are 0 as good as.
  if (error == std::errc::result_out_of_range) {
    const std::size_t exponent = field.find_first_of("eE");
    const bool tiny = exponent != std::string_view::npos
                          ? field.find('-', exponent) != std::string_view::npos
                          : field.find('.') < 2;
    if (!tiny) return Scan::kTooLarge;
    parsed = 0;
  }
  if (!std::isfinite(parsed)) return Scan::kNotFinite;
  value = parsed;
  take_field();
  return Scan::kOk;
}

std::string describe(Scan scan, std::string_view name, std::string_view token) {
  const std::string subject = std::string(name) + " ";
  switch (scan) {
    case Scan::kMissing: return subject + "is missing";
    case Scan::kNegative: return subject + std::string(token.substr(0, 40)) + " is below 0";
    case Scan::kReal: return subject + std::string(token.substr(0, 40)) + " is not a whole number";
    case Scan::kTooLarge: return subject + std::string(token.substr(0, 40)) + " is too large";
    case Scan::kNotFinite: return subject + std::string(token.substr(0, 40)) + " is not finite";
    case Scan::kNotANumber: return subject + in_quotes(token) + " is not a number";
    case Scan::kOk: break;
  }
  return subject + "is fine";
}

}  // namespace quadrille
