// What tests of reading and writing share.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <quadrille/input.h>
#include <quadrille/parallel.h>

#include "engine/compress.h"
#include "tests/folder.h"

namespace quadrille::test {

inline std::string packed(std::string_view bytes, Compression compression) {
  const OwnedBytes owned = compress({bytes.data(), bytes.size()}, compression).value();
  return {owned.bytes().data(), owned.bytes().size()};
}

inline std::string file_bytes(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

inline std::unique_ptr<Parallel> threads(int count) {
  return Parallel::create({.backend = TaskBackend::kThreads, .num_threads = count}).value();
}

inline ReadGraph read_or_fail(const std::string& path, const ReadOptions& options = {},
                              int num_threads = 3) {
  Result<ReadGraph> graph = read_graph(path, options, *threads(num_threads));
  EXPECT_TRUE(graph.is_ok()) << graph.status().message();
  return graph.is_ok() ? std::move(graph).value() : ReadGraph();
}

// The arcs of a graph by user id, `u>v` or `u>v*w`, ascending.
inline std::string arcs_of(const GraphView& view) {
  std::ostringstream text;
  for (NodeID user = 0; user < view.num_nodes(); ++user) {
    const NodeID u = view.internal_id(user);
    std::map<NodeID, Weight> arcs;
    for (std::size_t i = 0; i < view.out_neigh(u).size(); ++i) {
      arcs[view.user_id(view.out_neigh(u)[i])] = view.weighted() ? view.out_weights(u)[i] : 1;
    }
    for (const auto& [v, w] : arcs) {
      text << (text.tellp() > 0 ? " " : "") << user << ">" << v;
      if (view.real_weights()) {
        text << "*" << __builtin_bit_cast(float, w);
      } else if (view.weighted()) {
        text << "*" << w;
      }
    }
  }
  return text.str();
}

}  // namespace quadrille::test
