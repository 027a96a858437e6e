// TopologyVersion: a hold on one version of a graph that changes.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>
#include <vector>

#include <quadrille/graph.h>

namespace quadrille {

// Keeps one version alive. Copy and destroy on any thread; its store must outlive it.
class TopologyVersion {
 public:
  TopologyVersion() = default;
  TopologyVersion(const TopologyVersion& other) : TopologyVersion(other.data_) {}
  TopologyVersion(TopologyVersion&& other) noexcept : data_(std::exchange(other.data_, nullptr)) {}
  TopologyVersion& operator=(TopologyVersion other) noexcept {
    std::swap(data_, other.data_);
    return *this;
  }
  ~TopologyVersion() {
    // Release: what was read is read before the store sees the count and uses the blocks again.
    if (data_ != nullptr) data_->references.fetch_sub(1, std::memory_order_release);
  }
  explicit operator bool() const { return data_ != nullptr; }
  const GraphView& view() const { return data_->view; }

 private:
  friend class TopologyStore;
  struct Data {
    GraphView view;
    std::vector<NodeBlock> out_blocks, in_blocks;  // `in` is empty where the graph is undirected
    std::atomic<std::int32_t> references{0};
  };
  explicit TopologyVersion(Data* data) : data_(data) {
    // Relaxed: whoever copies holds a count already.
    if (data_ != nullptr) data_->references.fetch_add(1, std::memory_order_relaxed);
  }
  Data* data_ = nullptr;
};

}  // namespace quadrille
