#include "engine/text_writer.h"

#include "engine/compress.h"

namespace quadrille {
namespace {

Status put_all(const std::function<void(TextWriter&)>& produce, const FileSink& sink) {
  TextWriter writer(sink);
  produce(writer);
  return writer.finish();
}

}  // namespace

Status write_file(const std::string& path, const std::function<void(TextWriter&)>& produce) {
  const bool gzip = path.ends_with(".gz");
  if (!gzip && !path.ends_with(".zst")) {
    return replace_file(path, [&](const FileSink& sink) { return put_all(produce, sink); });
  }
  std::string whole;
  QUADRILLE_RETURN_IF_ERROR(put_all(produce, [&](std::span<const char> bytes) {
    whole.append(bytes.data(), bytes.size());
    return Status::ok();
  }));
  QUADRILLE_ASSIGN_OR_RETURN(const OwnedBytes packed,
                             compress(whole, gzip ? Compression::kGzip : Compression::kZstd));
  return replace_file(path, packed.bytes());
}

}  // namespace quadrille
