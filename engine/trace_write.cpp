// Trace::write: which format, and into which file.
#include <new>
#include <string>
#include <utility>

#include "engine/trace_formats.h"

namespace quadrille {
namespace {

bool is_chrome(std::string_view path) {
  return path.ends_with(".json") || path.ends_with(".json.gz");
}
bool is_perfetto(std::string_view path) {
  return path.ends_with(".pftrace") || path.ends_with(".perfetto-trace") ||
         path.ends_with(".pftrace.gz") || path.ends_with(".perfetto-trace.gz");
}

}  // namespace

Status Trace::check_path(std::string_view path) {
  if (is_chrome(path) || is_perfetto(path)) return Status::ok();
  std::string sentence = "'";
  sentence += path;
  sentence +=
      "' ends neither in .json (Chrome's format) nor in .pftrace or .perfetto-trace (Perfetto's)";
  return {StatusCode::kInvalidArgument, std::move(sentence)};
}

Status Trace::write(const std::string& path, double last_s) const {
  QUADRILLE_RETURN_IF_ERROR(check_path(path));
  try {
    const TraceReader trace(*this, last_s);
    return write_file(path, [&](TextWriter& out) {
      if (is_chrome(path)) {
        write_chrome_trace(trace, out);
      } else {
        write_perfetto_trace(trace, out);
      }
    });
  } catch (const std::bad_alloc&) {
    return {StatusCode::kOutOfMemory, path + ": no memory to write a trace"};
  }
}

}  // namespace quadrille
