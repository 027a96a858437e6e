// LineReader: a text with at most one record a line, cut into chunks at line ends; LineSource: an
// EdgeSource of that.
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

// Reads the lines of a text, any chunk on any thread, as records that have a weight `w`.
//
// Parser: LineKind parse(std::string_view line, Record& record, LineFault& fault) const. Any number
// of threads. It may also have bool parse_plain(const char*& at, Record& record) const, for lines
// that need no LineCursor: moves `at` past the line, or returns false; it may look at kPlainBytes.
template <class Parser, class Record>
class LineReader {
 public:
  LineReader(const TextFile& file, Parser parser)
      : file_(file), parser_(std::move(parser)), chunks_(file.text()), totals_(chunks_.count()) {}

  std::int64_t num_chunks() const { return chunks_.count(); }
  ChunkTotals::Part totals() const { return totals_.sum(); }

  // take(records) returns a Status, and may be called often.
  template <class Take>
  Status read(std::int64_t chunk, Take take) {
    const std::string_view text = chunks_[chunk];
    ChunkTotals::Part part;
    std::array<Record, 1024> batch;
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
      QUADRILLE_RETURN_IF_ERROR(take(std::span<const Record>(batch).first(filled)));
      filled = 0;
    }
    totals_[chunk] = part;
    file_.release(text);
    return Status::ok();
  }
  // The line of record number `index`, which is there.
  const char* find(std::int64_t index) const {
    LineCounts lines;
    Record record{};
    LineFault fault;
    std::string_view line, rest = chunks_[totals_.find_entry(index)];
    while (!rest.empty()) {
      line = take_line(rest, lines);
      if (parser_.parse(line, record, fault) == LineKind::kEdge && index-- == 0) break;
    }
    return line.data();
  }

 private:
  // As many lines at the front of `rest` as the parser knows at a glance.
  std::size_t take_plain_lines(std::string_view& rest, std::span<Record> records,
                               LineCounts& counts) const {
    std::size_t taken = 0;
    if constexpr (requires { Parser::kPlainBytes; }) {
      const char* const end_of_text = file_.text().data() + file_.text().size();
      const char* at = rest.data();
      const char* const end = at + rest.size();
      for (; taken < records.size() && at < end && end_of_text - at >= Parser::kPlainBytes;
           ++taken) {
        records[taken].w = 1;
        if (!parser_.parse_plain(at, records[taken])) break;
      }
      rest.remove_prefix(static_cast<std::size_t>(at - rest.data()));
    }
    counts.lines += static_cast<std::int64_t>(taken);
    return taken;
  }

  const TextFile& file_;
  Parser parser_;
  TextChunks chunks_;
  ChunkTotals totals_;
};

// The edges of a format whose nodes are numbered.
template <class Parser>
class LineSource final : public EdgeSource {
 public:
  // `promised` edges (-1: the format has no header that says so), which its header calls `unit`.
  LineSource(const TextFile& file, Parser parser, std::int64_t promised, std::string unit)
      : file_(file), reader_(file, std::move(parser)), promised_(promised), unit_(std::move(unit)) {
  }

  std::int64_t num_chunks() const override { return reader_.num_chunks(); }
  LineCounts lines() const { return reader_.totals().lines; }

  Status read(std::int64_t chunk, EdgeSink& sink) override {
    return reader_.read(chunk, [&](std::span<const Edge> edges) { return sink.take(edges); });
  }

  Status finish() override {
    const std::int64_t entries = reader_.totals().entries;
    if (promised_ < 0 || entries == promised_) return Status::ok();
    const std::string promise = "; header says " + std::to_string(promised_);
    if (entries > promised_) {
      return file_.fault(reader_.find(promised_),
                         unit_ + " " + std::to_string(promised_ + 1) + " is too many" + promise);
    }
    const std::string_view text = file_.text();
    return file_.fault(text.data() + text.size() - (text.ends_with('\n') ? 1 : 0),
                       "the file ends after " + unit_ + " " + std::to_string(entries) + promise);
  }

 private:
  const TextFile& file_;
  LineReader<Parser, Edge> reader_;
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
