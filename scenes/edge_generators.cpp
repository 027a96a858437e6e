// The graph generators as edge sources: nothing is stored, a chunk's edges are computed each time
// they are read.
#include <algorithm>
#include <array>

#include <quadrille/generators.h>

#include "engine/random.h"

namespace quadrille {
namespace {

constexpr std::int64_t kChunkEdges = 1 << 16;
constexpr std::int64_t kBatch = 1024;
// Weights have streams of their own, so that edges do not depend on them.
constexpr std::uint64_t kWeightStreams = std::uint64_t{1} << 40,
                        kPermutationStream = std::uint64_t{1} << 41;

// A bijection of [0, 2^scale) drawn from the seed: odd factors and shifts, so nothing has to be
// stored.
class IdPermutation {
 public:
  IdPermutation(int scale, std::uint64_t seed)
      : mask_((std::uint64_t{1} << scale) - 1), shift_(static_cast<unsigned>(scale / 2 + 1)) {
    Random random(seed, kPermutationStream);
    for (Round& round : rounds_) round = {random.next() | 1, random.next()};
  }
  NodeID operator()(std::uint64_t id) const {
    for (const Round& round : rounds_) {
      id = (id * round.factor + round.summand) & mask_;
      id ^= id >> shift_;
    }
    return static_cast<NodeID>(id);
  }

 private:
  struct Round {
    std::uint64_t factor, summand;
  };
  std::array<Round, 3> rounds_;
  std::uint64_t mask_;
  unsigned shift_;
};

// Edges numbered 0 .. num_edges - 1, drawn in order from a chunk's own stream.
template <class Draw>
class DrawnSource final : public EdgeSource {
 public:
  DrawnSource(std::int64_t num_edges, std::uint64_t seed, Draw draw)
      : num_edges_(num_edges), seed_(seed), draw_(draw) {}
  std::int64_t num_chunks() const override { return (num_edges_ + kChunkEdges - 1) / kChunkEdges; }
  Status read(std::int64_t chunk, EdgeSink& sink) override {
    const auto stream = static_cast<std::uint64_t>(chunk);
    Random random(seed_, stream), weights(seed_, kWeightStreams + stream);
    std::array<Edge, kBatch> batch;
    const std::int64_t end = std::min(num_edges_, (chunk + 1) * kChunkEdges);
    for (std::int64_t i = chunk * kChunkEdges; i < end; i += kBatch) {
      const std::size_t count = static_cast<std::size_t>(std::min(kBatch, end - i));
      for (std::size_t k = 0; k < count; ++k) {
        batch[k] = draw_(random, i + static_cast<std::int64_t>(k));
        batch[k].w = static_cast<Weight>(1 + weights.next_below(255));
      }
      QUADRILLE_RETURN_IF_ERROR(sink.take(std::span(batch).first(count)));
    }
    return Status::ok();
  }

 private:
  std::int64_t num_edges_;
  std::uint64_t seed_;
  Draw draw_;
};

template <class Draw>
std::unique_ptr<EdgeSource> drawn(std::int64_t num_edges, std::uint64_t seed, Draw draw) {
  return std::make_unique<DrawnSource<Draw>>(num_edges, seed, draw);
}

// R-MAT: at each level of the matrix a quadrant is drawn with probabilities A, B, C, D, from 32
// random bits.
class KronDraw {
 public:
  KronDraw(int scale, std::uint64_t seed) : scale_(scale), permutation_(scale, seed) {}
  Edge operator()(Random& random, std::int64_t) const {
    constexpr double kTwo32 = 4294967296.0;
    constexpr auto kA = static_cast<std::uint32_t>(0.57 * kTwo32),
                   kAB = static_cast<std::uint32_t>(0.76 * kTwo32),
                   kABC = static_cast<std::uint32_t>(0.95 * kTwo32);
    std::uint64_t u = 0, v = 0, bits = 0;
    for (int level = 0; level < scale_; ++level) {
      bits = (level & 1) == 0 ? random.next() : bits >> 32;
      const auto draw = static_cast<std::uint32_t>(bits);
      u = u << 1 | static_cast<std::uint64_t>(draw >= kAB);
      v = v << 1 | static_cast<std::uint64_t>((draw >= kA && draw < kAB) || draw >= kABC);
    }
    return {permutation_(u), permutation_(v), 0};
  }

 private:
  int scale_;
  IdPermutation permutation_;
};

// Row r has columns - 1 edges to the right; all rows but the last have `columns` edges down.
Edge grid_edge(std::int64_t rows, std::int64_t columns, std::int64_t index) {
  const std::int64_t across = rows * (columns - 1);
  if (index < across) {
    const std::int64_t u = index / (columns - 1) * columns + index % (columns - 1);
    return {static_cast<NodeID>(u), static_cast<NodeID>(u + 1), 0};
  }
  const std::int64_t u = index - across;
  return {static_cast<NodeID>(u), static_cast<NodeID>(u + columns), 0};
}

}  // namespace

std::unique_ptr<EdgeSource> make_edge_source(const Generator& generator, std::uint64_t seed) {
  const std::int64_t num_edges = generator.degree << generator.scale;
  if (generator.kind == GeneratorKind::kKron)
    return drawn(num_edges, seed, KronDraw(generator.scale, seed));
  if (generator.kind == GeneratorKind::kUrand) {
    const std::uint64_t mask = (std::uint64_t{1} << generator.scale) - 1;
    return drawn(num_edges, seed, [mask](Random& random, std::int64_t) {
      const std::uint64_t bits = random.next();
      return Edge{static_cast<NodeID>(bits & mask), static_cast<NodeID>(bits >> 32 & mask), 0};
    });
  }
  const std::int64_t rows = generator.rows, columns = generator.columns;
  return drawn(
      rows * (columns - 1) + (rows - 1) * columns, seed,
      [rows, columns](Random&, std::int64_t index) { return grid_edge(rows, columns, index); });
}

}  // namespace quadrille
