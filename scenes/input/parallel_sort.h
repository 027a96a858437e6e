// parallel_sort: of values that are all different, by all threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include <quadrille/parallel.h>

namespace quadrille {

// Cuts the values into parts between some of them, drawn evenly from all, and sorts each part.
// `less` is a total order, so the result is the same whatever is drawn; `spare` is as long as
// `values`, and its content is lost.
template <class T, class Less>
void parallel_sort(std::span<T> values, std::span<T> spare, Parallel& parallel, Less less) {
  constexpr std::size_t kPartSize = 4096, kDrawn = 8, kChunk = std::size_t{1} << 16;
  const std::size_t num_parts = std::min<std::size_t>(values.size() / kPartSize, 1024);
  if (num_parts < 2) return std::sort(values.begin(), values.end(), less);
  std::vector<T> drawn(num_parts * kDrawn);
  for (std::size_t i = 0; i < drawn.size(); ++i)
    drawn[i] = values[i * values.size() / drawn.size()];
  std::sort(drawn.begin(), drawn.end(), less);
  std::vector<T> bounds(num_parts - 1);  // the first value of each part but the first
  for (std::size_t i = 0; i < bounds.size(); ++i) bounds[i] = drawn[(i + 1) * kDrawn];
  const auto part_of = [&](const T& value) {
    return static_cast<std::size_t>(std::upper_bound(bounds.begin(), bounds.end(), value, less) -
                                    bounds.begin());
  };

  const std::size_t num_chunks = (values.size() + kChunk - 1) / kChunk;
  std::vector<std::size_t> places(num_chunks * num_parts, 0);  // by part, then chunk
  const auto for_values = [&](auto use) {
    parallel.for_range(std::ssize(values), kChunk, [&](std::int64_t begin, std::int64_t end, int) {
      const std::size_t chunk = static_cast<std::size_t>(begin) / kChunk;
      for (const T& value :
           values.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)))
        use(places[part_of(value) * num_chunks + chunk], value);
    });
  };
  for_values([](std::size_t& count, const T&) { ++count; });
  std::exclusive_scan(places.begin(), places.end(), places.begin(), std::size_t{0});
  for_values([&](std::size_t& place, const T& value) { spare[place++] = value; });
  // Each place has moved on to where the next one was.
  parallel.for_chunks(static_cast<std::int64_t>(num_parts), [&](std::int64_t index, int) {
    const auto part = static_cast<std::size_t>(index);
    const std::size_t begin = part == 0 ? 0 : places[part * num_chunks - 1];
    const std::size_t end = places[(part + 1) * num_chunks - 1];
    std::sort(spare.begin() + static_cast<std::ptrdiff_t>(begin),
              spare.begin() + static_cast<std::ptrdiff_t>(end), less);
    std::copy(spare.begin() + static_cast<std::ptrdiff_t>(begin),
              spare.begin() + static_cast<std::ptrdiff_t>(end),
              values.begin() + static_cast<std::ptrdiff_t>(begin));
  });
}

}  // namespace quadrille
