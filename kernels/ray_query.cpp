
#include <numeric>
#include <string>
#include <utility>

#include <quadrille/parallel.h>
#include <quadrille/ray_query.h>

#include "engine/number_text.h"
#include "kernels/batch_pieces.h"
#include "kernels/query_order.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kRayGrain = 64;  // segments

Status check_ray(const RaySegment& segment, double radius) {
  const double x[] = {segment.from_x, segment.to_x}, y[] = {segment.from_y, segment.to_y};
  QUADRILLE_RETURN_IF_ERROR(check_points("end of a segment", x, y));
  if (radius >= 0 && std::isfinite(radius)) return Status::ok();
  return {StatusCode::kInvalidArgument,
          "the radius of a ray is " + number_text(radius) + "; at least 0, and finite"};
}

// Segments in the Hilbert order of their middles; `run` is called with each one's number.
template <class Run>
Status for_each_ray(const PointIndex& index, std::span<const RaySegment> segments,
                    Parallel& parallel, const Run& run) {
  const std::int64_t count = std::ssize(segments);
  QUADRILLE_ASSIGN_OR_RETURN(Arena arena,
                             query_arena(2 * segments.size() * sizeof(double), index.budget()));
  std::span<double> x, y;
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, count, {"ray middles x"}, x));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, count, {"ray middles y"}, y));
  for (std::size_t s = 0; s < segments.size(); ++s) {
    x[s] = segments[s].from_x / 2 + segments[s].to_x / 2;
    y[s] = segments[s].from_y / 2 + segments[s].to_y / 2;
  }
  QUADRILLE_ASSIGN_OR_RETURN(const QueryScratch scratch,
                             order_queries(x, y, index.square(), 0, index.budget(), parallel));
  parallel.for_range(count, kRayGrain, [&](std::int64_t begin, std::int64_t end, int) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
      run(scratch.query(i));
  });
  return Status::ok();
}

}  // namespace

Result<std::int64_t> ray(const PointIndex& index, const RaySegment& segment, double radius,
                         std::span<PointHit> hits) {
  QUADRILLE_RETURN_IF_ERROR(check_ray(segment, radius));
  std::int64_t num_hits = 0;
  const auto heap = hits.begin();
  visit_ray(index.columns(), segment, radius, [&](const PointHit& hit) {
    if (num_hits < std::ssize(hits)) {
      hits[static_cast<std::size_t>(num_hits)] = hit;
      std::push_heap(heap, heap + num_hits + 1, is_passed_before);
    } else if (!hits.empty() && is_passed_before(hit, hits[0])) {
      std::pop_heap(heap, hits.end(), is_passed_before);
      hits.back() = hit;
      std::push_heap(heap, hits.end(), is_passed_before);
    }
    ++num_hits;
    return true;
  });
  std::sort_heap(heap, heap + std::min(num_hits, std::ssize(hits)), is_passed_before);
  return num_hits;
}

Result<RayHits> rays(const PointIndex& index, std::span<const RaySegment> segments, double radius,
                     std::int64_t max_hits, Parallel& parallel) {
  for (const RaySegment& segment : segments) QUADRILLE_RETURN_IF_ERROR(check_ray(segment, radius));
  const PointColumnsView points = index.columns();
  QUADRILLE_ASSIGN_OR_RETURN(Arena counting,
                             query_arena(segments.size() * sizeof(std::int64_t), index.budget()));
  std::span<std::int64_t> counts;
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(counting, std::ssize(segments), {"ray counts"}, counts));
  BatchPieces pieces(std::ssize(segments), max_hits);
  while (!pieces.is_done()) {
    const auto first = static_cast<std::size_t>(pieces.counted());
    const auto piece = segments.subspan(first, static_cast<std::size_t>(pieces.next()));
    QUADRILLE_RETURN_IF_ERROR(for_each_ray(index, piece, parallel, [&](std::size_t s) {
      std::int64_t count = 0;
      visit_ray(points, piece[s], radius, [&count](const PointHit&) { return ++count > 0; });
      counts[first + s] = count;
    }));
    pieces.take(counts.subspan(first, piece.size()));
  }
  const auto answered = static_cast<std::size_t>(pieces.answered());
  const std::int64_t num_hits =
      std::accumulate(counts.begin(), counts.begin() + pieces.answered(), std::int64_t{0});
  RayHits found;
  QUADRILLE_ASSIGN_OR_RETURN(found.arena,
                             query_arena((answered + 1) * sizeof(std::int64_t) +
                                             static_cast<std::size_t>(num_hits) * sizeof(PointHit),
                                         index.budget()));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*found.arena, static_cast<std::int64_t>(answered) + 1,
                                             {"ray offsets"}, found.begin));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*found.arena, num_hits, {"ray hits"}, found.hits));
  found.begin[0] = 0;
  for (std::size_t s = 0; s < answered; ++s) found.begin[s + 1] = found.begin[s] + counts[s];
  QUADRILLE_RETURN_IF_ERROR(
      for_each_ray(index, segments.first(answered), parallel, [&](std::size_t s) {
        const auto begin = found.hits.begin() + found.begin[s];
        auto end = begin;
        visit_ray(points, segments[s], radius, [&end](const PointHit& hit) {
          *end++ = hit;
          return true;
        });
        std::sort(begin, end, is_passed_before);
      }));
  return found;
}

}  // namespace quadrille
