#include <numeric>
#include <string>
#include <utility>

#include <quadrille/parallel.h>
#include <quadrille/ray_query.h>

#include "engine/number_text.h"
#include "kernels/hit_stage.h"
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

Status check_rays(std::span<const RaySegment> segments, double radius) {
  for (std::size_t s = 0; s < segments.size(); ++s) {
    if (const Status status = check_ray(segments[s], radius); !status.is_ok())
      return {status.code(), "segment " + std::to_string(s) + ": " + status.message()};
  }
  return Status::ok();
}

// Segments in the Hilbert order of their middles; `run` is called with each one's number and the
// worker's.
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
  parallel.for_range(count, kRayGrain, [&](std::int64_t begin, std::int64_t end, int worker) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
      run(scratch.query(i), worker);
  });
  return Status::ok();
}

// Room for as many hits a segment as were counted.
Status allocate_hits(std::span<const std::int64_t> counts, MemoryBudget* budget, RayHits& found) {
  const auto num_begins = std::ssize(counts) + 1;
  const std::int64_t num_hits = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  found = {};
  QUADRILLE_ASSIGN_OR_RETURN(
      found.arena, query_arena(static_cast<std::size_t>(num_begins) * sizeof(std::int64_t) +
                                   static_cast<std::size_t>(num_hits) * sizeof(PointHit),
                               budget));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(*found.arena, num_begins, {"ray offsets"}, found.begin));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*found.arena, num_hits, {"ray hits"}, found.hits));
  found.begin[0] = 0;
  std::inclusive_scan(counts.begin(), counts.end(), found.begin.begin() + 1);
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

// Hits are found once, in a stage, then go to where they belong; what did not fit there is found
// again.
Result<RayHits> rays(const PointIndex& index, std::span<const RaySegment> segments, double radius,
                     std::int64_t max_hits, Parallel& parallel) {
  QUADRILLE_RETURN_IF_ERROR(check_rays(segments, radius));
  const PointColumnsView points = index.columns();
  HitStage<PointHit> stage;
  QUADRILLE_RETURN_IF_ERROR(stage.prepare(std::ssize(segments), index.budget()));
  const auto run = [&](std::int64_t first, std::int64_t size) {
    const auto piece =
        segments.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(size));
    return for_each_ray(index, piece, parallel, [&](std::size_t s, int worker) {
      const auto share = stage.share_of(worker);
      std::int64_t count = 0;
      visit_ray(points, piece[s], radius, [&](const PointHit& hit) {
        if (count < share.room) share.to[count] = hit;
        return ++count > 0;
      });
      stage.put(worker, static_cast<std::size_t>(first) + s, count);
    });
  };
  QUADRILLE_ASSIGN_OR_RETURN(const std::int64_t answered,
                             stage.fill(max_hits, parallel.num_workers(), index.budget(), run));
  const auto counts = stage.counts().first(static_cast<std::size_t>(answered));
  RayHits found;
  Status status = allocate_hits(counts, index.budget(), found);
  if (!status.is_ok() && stage.drop()) status = allocate_hits(counts, index.budget(), found);
  QUADRILLE_RETURN_IF_ERROR(status);
  parallel.for_range(answered, kRayGrain, [&](std::int64_t begin, std::int64_t end, int) {
    for (auto s = static_cast<std::size_t>(begin); s < static_cast<std::size_t>(end); ++s) {
      const std::span<PointHit> hits = found.of(s);
      if (!stage.take(s, hits)) {
        auto to = hits.begin();
        visit_ray(points, segments[s], radius, [&to](const PointHit& hit) {
          *to++ = hit;
          return true;
        });
      }
      std::sort(hits.begin(), hits.end(), is_passed_before);
    }
  });
  return found;
}

}  // namespace quadrille
