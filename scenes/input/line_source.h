// LineSource: an EdgeSource over a text with at most one edge a line, cut into chunks at line ends.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <quadrille/graph_builder.h>

#include "scenes/input/fields.h"
#include "scenes/input/plain_line.h"
#include "scenes/input/text.h"

namespace quadrille {

enum class LineKind : std::uint8_t { kEdge, kComment, kEmpty, kFault };

// What chunks add up to, kept by chunk: chunks are read at the same time, and twice.
class ChunkTotals {
 public:
  explicit ChunkTotals(std::int64_t num_chunks) : chunks_(static_cast<std::size_t>(num_chunks)) {}
  struct Part {
    LineCounts lines;
    std::int64_t entries = 0;
  };
  Part& operator[](std::int64_t chunk) { return chunks_[static_cast<std::size_t>(chunk)]; }
  Part sum() const;
  // The chunk in which entry number `index` stands; entries of earlier chunks are taken off
  // `index`.
  std::int64_t find_entry(std::int64_t& index) const;

 private:
  std::vector<Part> chunks_;
};

// Parser: LineKind parse(std::string_view line, Edge& edge, LineFault& fault) const. Any number of
// threads. It may also have bool parse_plain(const char*& at, Edge& edge) const, for lines that
// need no LineCursor: moves `at` past the line, or returns false.
template <class Parser>
class LineSource final : public EdgeSource {
 public:
  // `promised` edges (-1: the format has no header that says so), which its header calls `unit`.
  LineSource(const TextFile& file, Parser parser, std::int64_t promised, std::string unit)
      : file_(file), parser_(std::move(parser)), chunks_(file.text()), totals_(chunks_.count()),
        promised_(promised), unit_(std::move(unit)) {}

  std::int64_t num_chunks() const override { return chunks_.count(); }
  LineCounts lines() const { return totals_.sum().lines; }

  Status read(std::int64_t chunk, EdgeSink& sink) override {
    const std::string_view text = chunks_[chunk];
    ChunkTotals::Part part;
    std::array<Edge, 1024> batch;
    std::size_t filled = 0;
    LineFault fault;
    for (std::string_view rest = text; !rest.empty();) {
      filled += take_plain_lines(rest, std::span(batch).subspan(filled), part.lines);
      if (filled < batch.size() && !rest.empty()) {
        batch[filled].w = 1;
        const LineKind kind = parser_.parse(take_line(rest, part.lines), batch[filled], fault);
        if (kind == LineKind::kFault) return file_.fault(fault.at, fault.what);
        part.lines.comments += kind == LineKind::kComment;
        filled += kind == LineKind::kEdge;
      }
      if (filled < batch.size() && !rest.empty()) continue;
      part.entries += static_cast<std::int64_t>(filled);
      QUADRILLE_RETURN_IF_ERROR(sink.take(std::span(batch).first(filled)));
      filled = 0;
    }
    totals_[chunk] = part;
    file_.release(text);
    return Status::ok();
  }

  Status finish() override {
    const std::int64_t entries = totals_.sum().entries;
    if (promised_ < 0 || entries == promised_) return Status::ok();
    const std::string promise = "; header says " + std::to_string(promised_);
    if (entries > promised_) {
      return file_.fault(find(promised_),
                         unit_ + " " + std::to_string(promised_ + 1) + " is too many" + promise);
    }
    const std::string_view text = file_.text();
    return file_.fault(text.data() + text.size() - (text.ends_with('\n') ? 1 : 0),
                       "the file ends after " + unit_ + " " + std::to_string(entries) + promise);
  }

 private:
  // As many lines at the front of `rest` as the parser knows at a glance.
  std::size_t take_plain_lines(std::string_view& rest, std::span<Edge> edges,
                               LineCounts& counts) const {
    std::size_t taken = 0;
    if constexpr (requires(const char* at, Edge& edge) { parser_.parse_plain(at, edge); }) {
      const char* const end_of_text = file_.text().data() + file_.text().size();
      const char* at = rest.data();
      const char* const end = at + rest.size();
      for (; taken < edges.size() && at < end && end_of_text - at >= kPlainLineBytes; ++taken) {
        edges[taken].w = 1;
        if (!parser_.parse_plain(at, edges[taken])) break;
      }
      rest.remove_prefix(static_cast<std::size_t>(at - rest.data()));
    }
    counts.lines += static_cast<std::int64_t>(taken);
    return taken;
  }
  // The line of edge number `index`, which is there.
  const char* find(std::int64_t index) const {
    LineCounts lines;
    Edge edge{};
    LineFault fault;
    std::string_view line, rest = chunks_[totals_.find_entry(index)];
    while (!rest.empty()) {
      line = take_line(rest, lines);
      if (parser_.parse(line, edge, fault) == LineKind::kEdge && index-- == 0) break;
    }
    return line.data();
  }

  const TextFile& file_;
  Parser parser_;
  TextChunks chunks_;
  ChunkTotals totals_;
  std::int64_t promised_;
  std::string unit_;
};

// Finds the header: the first line that is neither empty nor a comment. `counts` is what was read,
// it included.
struct Header {
  std::string_view line;  // empty: there is none
  std::size_t end = 0;    // bytes up to the line after it
};
Header find_header(std::string_view text, std::string_view comment_starts, LineCounts& counts);

}  // namespace quadrille
