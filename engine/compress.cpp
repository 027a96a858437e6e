#include "engine/compress.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include <quadrille/types.h>

namespace quadrille {
namespace {

// What one input byte can become at most: deflate's longest match from 2 bits; zstd's block of one
// repeated byte from 4.
constexpr std::size_t kGzipExpansion = 1032;
constexpr std::size_t kZstdExpansion = 32768;
constexpr std::size_t kLargestReservation = SIZE_MAX / 8;
constexpr int kGzipFormat = 15 + 16;  // the largest window, with gzip's header and checksum
constexpr int kZlibFormat = 15;       // the same with zlib's
constexpr int kGzipLevel = 6, kZstdLevel = 3;

Status damaged(const char* format, const char* why) {
  return {StatusCode::kInvalidInput,
          std::string("the ") + format + " data is damaged: " + (why == nullptr ? "unknown" : why)};
}

Status truncated(const char* format) {
  return {StatusCode::kInvalidInput, std::string("the ") + format + " data is truncated"};
}

Status no_memory_to_compress() {
  return {StatusCode::kOutOfMemory, "no memory to compress or decompress"};
}

// zlib counts in 32 bits: what it is given at once is cut.
uInt at_once(std::size_t bytes) {
  return static_cast<uInt>(std::min<std::size_t>(bytes, std::numeric_limits<uInt>::max()));
}

// Output that grows: a reservation large enough for any honest data, committed while it fills.
class Output {
 public:
  // Address space is scarce on 32 bits, so a refused reservation is asked for again, smaller.
  Status open(std::size_t input_bytes, std::size_t expansion, std::size_t most_bytes,
              MemoryBudget* budget) {
    const std::size_t bound = input_bytes < kLargestReservation / expansion
                                  ? input_bytes * expansion + kBlockBytes
                                  : kLargestReservation;
    RegionOptions options;
    options.budget = budget;
    options.label = {"unpacked file"};
    for (std::size_t bytes = std::min(bound, std::max(most_bytes, kBlockBytes));; bytes /= 2) {
      auto reserved = Region::reserve(bytes, options);
      if (!reserved.is_ok() && bytes > input_bytes && bytes > kBlockBytes) continue;
      QUADRILLE_ASSIGN_OR_RETURN(owned_.memory, std::move(reserved));
      most_bytes_ = std::min(bytes, most_bytes);
      return Status::ok();
    }
  }
  // Room for at least a byte more.
  Status make_room() {
    if (owned_.size < owned_.memory.committed()) return Status::ok();
    if (owned_.size == owned_.memory.capacity()) return too_large();
    const std::size_t rest = owned_.memory.capacity() - owned_.size;
    return owned_.memory.commit(owned_.size + std::min(rest, kBlockBytes));
  }
  char* end() const { return reinterpret_cast<char*>(owned_.memory.base()) + owned_.size; }
  std::size_t room() const { return owned_.memory.committed() - owned_.size; }
  void add(std::size_t bytes) { owned_.size += bytes; }
  Result<OwnedBytes> finish() {
    if (owned_.size > most_bytes_) return too_large();
    owned_.memory.decommit_after(owned_.size);
    return std::move(owned_);
  }

 private:
  Status too_large() const {
    return {StatusCode::kOutOfMemory,
            "the data expands to more than " + std::to_string(most_bytes_) + " bytes"};
  }
  OwnedBytes owned_;
  std::size_t most_bytes_ = 0;
};

struct InflateStream : z_stream {
  InflateStream() : z_stream{} { is_open = inflateInit2(this, kGzipFormat) == Z_OK; }
  ~InflateStream() {
    if (is_open) inflateEnd(this);
  }
  InflateStream(const InflateStream&) = delete;
  InflateStream& operator=(const InflateStream&) = delete;
  bool is_open;
};

// One member; `rest` is moved behind it.
Status inflate_member(z_stream& stream, std::span<const char>& rest, Output& output) {
  for (;;) {
    QUADRILLE_RETURN_IF_ERROR(output.make_room());
    // zlib does not write through next_in, but not every zlib.h says so.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest.data()));
    const uInt given = stream.avail_in = at_once(rest.size());
    const uInt room = stream.avail_out = at_once(output.room());
    stream.next_out = reinterpret_cast<Bytef*>(output.end());
    const int answer = inflate(&stream, Z_NO_FLUSH);
    const uInt taken = given - stream.avail_in, made = room - stream.avail_out;
    rest = rest.subspan(taken);
    output.add(made);
    if (answer == Z_STREAM_END) return Status::ok();
    if (answer == Z_MEM_ERROR) return no_memory_to_compress();
    if (answer != Z_OK && answer != Z_BUF_ERROR) return damaged("gzip", stream.msg);
    if (taken == 0 && made == 0) return truncated("gzip");
  }
}

Status gunzip(std::span<const char> rest, Output& output) {
  InflateStream stream;
  if (!stream.is_open) return no_memory_to_compress();
  while (detect_compression(rest) == Compression::kGzip) {
    QUADRILLE_RETURN_IF_ERROR(inflate_member(stream, rest, output));
    inflateReset(&stream);
  }
  // Tapes and some tools pad with zeros; gzip itself lets them pass.
  if (std::any_of(rest.begin(), rest.end(), [](char c) { return c != 0; })) {
    return damaged("gzip", "something else follows its end");
  }
  return Status::ok();
}

Status unzstd(std::span<const char> bytes, Output& output) {
  const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(),
                                                                   ZSTD_freeDCtx);
  if (context == nullptr) return no_memory_to_compress();
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  for (;;) {
    QUADRILLE_RETURN_IF_ERROR(output.make_room());
    const std::size_t before = in.pos;
    ZSTD_outBuffer out{output.end(), output.room(), 0};
    const std::size_t answer = ZSTD_decompressStream(context.get(), &out, &in);
    output.add(out.pos);
    if (ZSTD_isError(answer)) return damaged("zstd", ZSTD_getErrorName(answer));
    if (answer == 0 && in.pos == in.size) return Status::ok();
    if (in.pos == before && out.pos == 0) return truncated("zstd");
  }
}

Status deflate_all(std::span<const char> rest, int format, Output& output) {
  z_stream stream{};
  if (deflateInit2(&stream, kGzipLevel, Z_DEFLATED, format, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    return no_memory_to_compress();
  }
  const std::unique_ptr<z_stream, int (*)(z_stream*)> closer(&stream, deflateEnd);
  for (int answer = Z_OK; answer != Z_STREAM_END;) {
    QUADRILLE_RETURN_IF_ERROR(output.make_room());
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest.data()));
    const uInt given = stream.avail_in = at_once(rest.size());
    const uInt room = stream.avail_out = at_once(output.room());
    stream.next_out = reinterpret_cast<Bytef*>(output.end());
    answer = deflate(&stream, given == rest.size() ? Z_FINISH : Z_NO_FLUSH);
    rest = rest.subspan(given - stream.avail_in);
    output.add(room - stream.avail_out);
  }
  return Status::ok();
}

}  // namespace

Compression detect_compression(std::span<const char> bytes) {
  const auto is = [&](std::size_t i, unsigned value) {
    return static_cast<unsigned char>(bytes[i]) == value;
  };
  if (bytes.size() >= 2 && is(0, 0x1f) && is(1, 0x8b)) return Compression::kGzip;
  if (bytes.size() < 4) return Compression::kNone;
  const bool is_frame = is(0, 0x28) && is(1, 0xb5) && is(2, 0x2f) && is(3, 0xfd);
  const bool is_skippable = (static_cast<unsigned char>(bytes[0]) & 0xf0) == 0x50 && is(1, 0x2a) &&
                            is(2, 0x4d) && is(3, 0x18);
  return is_frame || is_skippable ? Compression::kZstd : Compression::kNone;
}

Result<OwnedBytes> decompress(std::span<const char> bytes, MemoryBudget* budget,
                              std::size_t most_bytes) {
  const Compression format = detect_compression(bytes);
  if (format == Compression::kNone) {
    return Status(StatusCode::kInvalidInput, "the data is neither gzip nor zstd");
  }
  const bool is_gzip = format == Compression::kGzip;
  Output output;
  QUADRILLE_RETURN_IF_ERROR(
      output.open(bytes.size(), is_gzip ? kGzipExpansion : kZstdExpansion, most_bytes, budget));
  QUADRILLE_RETURN_IF_ERROR(is_gzip ? gunzip(bytes, output) : unzstd(bytes, output));
  return output.finish();
}

Result<OwnedBytes> compress(std::span<const char> bytes, Compression format, MemoryBudget* budget) {
  QUADRILLE_ASSERT(format != Compression::kNone);
  if (bytes.size() > kLargestReservation) return no_memory_to_compress();
  Output output;
  // What does not compress grows by far less than a half.
  QUADRILLE_RETURN_IF_ERROR(output.open(bytes.size() + bytes.size() / 2, 1, SIZE_MAX, budget));
  if (format != Compression::kZstd) {
    const bool is_gzip = format == Compression::kGzip;
    QUADRILLE_RETURN_IF_ERROR(deflate_all(bytes, is_gzip ? kGzipFormat : kZlibFormat, output));
    return output.finish();
  }
  const std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(),
                                                                   ZSTD_freeCCtx);
  if (context == nullptr) return no_memory_to_compress();
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kZstdLevel);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  ZSTD_CCtx_setPledgedSrcSize(context.get(), bytes.size());
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  for (std::size_t left = 1; left != 0;) {
    QUADRILLE_RETURN_IF_ERROR(output.make_room());
    ZSTD_outBuffer out{output.end(), output.room(), 0};
    left = ZSTD_compressStream2(context.get(), &out, &in, ZSTD_e_end);
    if (ZSTD_isError(left)) return no_memory_to_compress();
    output.add(out.pos);
  }
  return output.finish();
}

}  // namespace quadrille
