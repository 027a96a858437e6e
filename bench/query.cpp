// quadrille query: the nearest points, or those in a box or circle, around each point of a file;
// those along segments between such points; the pairs that are nearest to each other. Queries are
// answered and written in batches, so the output may be larger than memory.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <variant>
#include <vector>

#include <quadrille/input.h>
#include <quadrille/nearest_pairs.h>
#include <quadrille/parallel.h>
#include <quadrille/point_index.h>
#include <quadrille/ray_query.h>

#include "bench/format.h"
#include "bench/load.h"
#include "bench/machine.h"
#include "bench/memory_limit.h"
#include "bench/verbs.h"
#include "engine/memory_budget.h"
#include "engine/replace_file.h"
#include "kernels/dispatch.h"

namespace quadrille::program {
namespace {

constexpr std::int64_t kQueriesAtOnce = 64 * 1024;
constexpr std::int64_t kIdsAtOnce = 8 * 1024 * 1024;
constexpr std::int64_t kRowsAChunk = 512;

void append_number(std::string& text, std::int64_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  text.append(digits, end);
}

void append_row(std::string& text, std::span<const BodyID> ids) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i > 0) text.push_back(',');
    append_number(text, ids[i]);
  }
}

// Writes row(q, text) for q in [0, num_rows), made by all threads a chunk of rows each, in order.
class RowWriter {
 public:
  RowWriter(const FileSink& sink, Parallel& parallel) : sink_(sink), parallel_(parallel) {}

  template <class Row>
  Status write(std::int64_t num_rows, const Row& row) {
    const std::int64_t num_chunks = (num_rows + kRowsAChunk - 1) / kRowsAChunk;
    if (std::ssize(texts_) < num_chunks) texts_.resize(static_cast<std::size_t>(num_chunks));
    parallel_.for_range(num_rows, kRowsAChunk, [&](std::int64_t begin, std::int64_t end, int) {
      std::string& text = texts_[static_cast<std::size_t>(begin / kRowsAChunk)];
      text.clear();
      for (std::int64_t q = begin; q < end; ++q) {
        row(static_cast<std::size_t>(q), text);
        text.push_back('\n');
      }
    });
    for (std::int64_t chunk = 0; chunk < num_chunks; ++chunk) {
      QUADRILLE_RETURN_IF_ERROR(sink_(texts_[static_cast<std::size_t>(chunk)]));
    }
    return Status::ok();
  }

 private:
  const FileSink& sink_;
  Parallel& parallel_;
  std::vector<std::string> texts_;
};

struct QueryRun {
  const QueryOptions& options;
  const PointIndex& index;
  QueryPoints queries;
  Parallel& parallel;

  Window window() const {
    return options.kind() == QueryKind::kBox ? Window{WindowShape::kBox, options.box}
                                             : Window{WindowShape::kDisc, options.radius};
  }
};

Status write_nearest(const QueryRun& run, RowWriter& rows) {
  const auto found = static_cast<std::size_t>(run.index.neighbors_of(run.options.nearest));
  const std::int64_t at_once = std::clamp<std::int64_t>(
      kIdsAtOnce / std::max<std::int64_t>(1, static_cast<std::int64_t>(found)), 1, kQueriesAtOnce);
  std::vector<BodyID> ids(static_cast<std::size_t>(std::min(at_once, run.queries.size())) * found);
  for (std::int64_t first = 0; first < run.queries.size(); first += at_once) {
    const std::int64_t count = std::min(at_once, run.queries.size() - first);
    QUADRILLE_RETURN_IF_ERROR(
        run.index.nearest(run.queries.part(first, count), run.options.nearest, ids, run.parallel));
    QUADRILLE_RETURN_IF_ERROR(rows.write(count, [&](std::size_t q, std::string& text) {
      append_row(text, std::span(ids).subspan(q * found, found));
    }));
  }
  return Status::ok();
}

Status write_lists(const QueryRun& run, RowWriter& rows) {
  for (std::int64_t first = 0; first < run.queries.size();) {
    const std::int64_t count = std::min(kQueriesAtOnce, run.queries.size() - first);
    QUADRILLE_ASSIGN_OR_RETURN(
        const WindowHits hits,
        run.index.list(run.queries.part(first, count), run.window(), kIdsAtOnce, run.parallel));
    QUADRILLE_RETURN_IF_ERROR(rows.write(hits.num_queries(), [&](std::size_t q, std::string& text) {
      append_row(text, hits.of(q));
    }));
    first += hits.num_queries();
  }
  return Status::ok();
}

Status write_counts(const QueryRun& run, RowWriter& rows) {
  std::vector<std::int64_t> counts(run.queries.x.size(),
                                   run.index.neighbors_of(run.options.nearest));
  if (run.options.kind() != QueryKind::kNearest) {
    QUADRILLE_RETURN_IF_ERROR(run.index.count(run.queries, run.window(), counts, run.parallel));
  }
  return rows.write(run.queries.size(),
                    [&](std::size_t q, std::string& text) { append_number(text, counts[q]); });
}

std::vector<RaySegment> segments_between(const QueryPoints& ends) {
  std::vector<RaySegment> segments;
  for (std::size_t i = 0; i + 1 < ends.x.size(); i += 2)
    segments.push_back({ends.x[i], ends.y[i], ends.x[i + 1], ends.y[i + 1]});
  return segments;
}

Status write_rays(const QueryRun& run, RowWriter& rows) {
  if (run.queries.size() % 2 != 0) {
    return {StatusCode::kInvalidInput,
            fmt::format("{}: {}; --ray takes two points for each segment", run.options.at,
                        plural(run.queries.size(), "point"))};
  }
  const std::vector<RaySegment> all = segments_between(run.queries);
  for (std::span<const RaySegment> rest = all; !rest.empty();) {
    const auto at_once = std::min<std::size_t>(rest.size(), kQueriesAtOnce);
    QUADRILLE_ASSIGN_OR_RETURN(
        const RayHits found,
        rays(run.index, rest.first(at_once), run.options.ray, kIdsAtOnce, run.parallel));
    QUADRILLE_RETURN_IF_ERROR(
        rows.write(found.num_segments(), [&](std::size_t s, std::string& text) {
          const std::int64_t begin = found.begin[s], end = found.begin[s + 1];
          if (run.options.count) return append_number(text, end - begin);
          for (std::int64_t i = begin; i < end; ++i) {
            if (i > begin) text.push_back(',');
            append_number(text, found.hits[static_cast<std::size_t>(i)].id);
          }
        }));
    rest = rest.subspan(static_cast<std::size_t>(found.num_segments()));
  }
  return Status::ok();
}

Status write_pairs(const QueryRun& run, RowWriter& rows) {
  std::vector<PointPair> pairs(static_cast<std::size_t>(run.options.pairs));
  QUADRILLE_ASSIGN_OR_RETURN(const std::int64_t count, nearest_pairs(run.index, pairs));
  return rows.write(count, [&](std::size_t i, std::string& text) {
    text += fmt::format("{},{},{}", pairs[i].a, pairs[i].b, std::sqrt(pairs[i].squared_distance));
  });
}

Status write_answers(const QueryRun& run) {
  return replace_file(run.options.output, [&](const FileSink& sink) {
    RowWriter rows(sink, run.parallel);
    if (run.options.kind() == QueryKind::kPairs) return write_pairs(run, rows);
    if (run.options.kind() == QueryKind::kRay) return write_rays(run, rows);
    if (run.options.count) return write_counts(run, rows);
    return run.options.kind() == QueryKind::kNearest ? write_nearest(run, rows)
                                                     : write_lists(run, rows);
  });
}

Status with_file(const std::string& path, const Status& status) {
  return status.is_ok() ? status : Status(status.code(), path + ": " + status.message());
}

using Points = std::variant<ReadPoints, ReadQuadtree>;

// A quadtree image is an index already, but for its nodes' layout.
Result<PointIndex> index_of(const Points& points, Parallel& parallel, MemoryBudget* budget,
                            const KernelTable& kernels) {
  if (const auto* const tree = std::get_if<ReadQuadtree>(&points))
    return PointIndex::create(tree->tree.view(), parallel, budget, kernels);
  const PointSet& set = std::get<ReadPoints>(points).points;
  return PointIndex::create(set.x, set.y, parallel, budget, kernels);
}

}  // namespace

Status run_query(const QueryOptions& options) {
  QUADRILLE_ASSIGN_OR_RETURN(const KernelTable* kernels, choose_kernel_table(options.machine.isa));
  QUADRILLE_ASSIGN_OR_RETURN(const std::unique_ptr<Parallel> parallel,
                             create_parallel(options.machine));
  MemoryBudget budget({.hard_bytes = default_hard_limit()});
  QUADRILLE_ASSIGN_OR_RETURN(const Points points,
                             read_points_or_tree(options.points, *parallel, &budget));
  ReadPoints at;
  if (!options.at.empty()) {
    QUADRILLE_ASSIGN_OR_RETURN(at, read_points(options.at, *parallel, &budget));
  }
  const std::int64_t begin_ns = now_ns();
  auto index = index_of(points, *parallel, &budget, *kernels);
  if (!index.is_ok()) return with_file(options.points, index.status());
  const std::int64_t built_ns = now_ns();
  const QueryPoints queries{at.points.x, at.points.y};
  QUADRILLE_RETURN_IF_ERROR(write_answers({options, index.value(), queries, *parallel}));
  if (options.quiet) return Status::ok();
  const std::string asked = options.kind() == QueryKind::kPairs
                                ? plural(options.pairs, "pair") + " among "
                                : plural(queries.size(), "query point") + " on ";
  fmt::print("{}: {}{}; index {}, answers {}\n", one_line(options.output), asked,
             plural(index->size(), "point"),
             format_duration(static_cast<double>(built_ns - begin_ns)),
             format_duration(static_cast<double>(now_ns() - built_ns)));
  return Status::ok();
}

}  // namespace quadrille::program
