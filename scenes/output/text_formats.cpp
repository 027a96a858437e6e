// Writers of the formats with an edge or a node a line; scenes/input says what each looks like.
#include "scenes/input/formats.h"
#include "scenes/output/formats.h"
#include "scenes/output/user_lists.h"

namespace quadrille {
namespace {

// Nodes without an edge that an edge list cannot name: all, or, where the numbers of others imply
// them, the trailing ones.
std::int64_t count_unnamed(const GraphView& view) {
  NodeID named = view.num_nodes();
  const auto is_isolated = [&](NodeID user) {
    const NodeID v = view.internal_id(user);
    return view.out_degree(v) == 0 && view.in_degree(v) == 0;
  };
  if (!view.names().empty()) {
    std::int64_t isolated = 0;
    for (NodeID user = 0; user < view.num_nodes(); ++user) isolated += is_isolated(user);
    return isolated;
  }
  while (named > 0 && is_isolated(named - 1)) --named;
  return view.num_nodes() - named;
}

void put_coordinates(TextWriter& out, const GraphView& view) {
  out << "p aux sp co " << view.num_nodes() << '\n';
  for (NodeID user = 0; user < view.num_nodes(); ++user) {
    const auto v = static_cast<std::size_t>(view.internal_id(user));
    out << "v " << user + 1 << ' ' << view.x()[v] << ' ' << view.y()[v] << '\n';
  }
}

}  // namespace

Status write_edge_list(const GraphView& view, const std::string& path, WriteReport& report) {
  const std::string extension = extension_of(path);
  const char separator = extension == "csv" ? ',' : extension == "tsv" ? '\t' : ' ';
  const bool weights = extension == "wel" || (extension != "el" && view.weighted());
  report.weights_dropped = view.weighted() && !weights;
  report.nodes_dropped = count_unnamed(view);
  return write_file(path, [&](TextWriter& out) {
    if (view.names().are_texts() && separator != ' ')  // else the first edge might pass for these
      out << "source" << separator << "target" << (weights ? std::string{separator} + "weight" : "")
          << '\n';
    for_each_edge(view, false, [&](NodeID u, const UserArc& arc) {
      put_name(out, view, u);
      put_name(out << separator, view, arc.v);
      if (weights) put_weight(out << separator, view, arc.w);
      out << '\n';
    });
  });
}

// The lower triangle of a symmetric matrix, as the format asks.
Status write_matrix_market(const GraphView& view, const std::string& path) {
  return write_file(path, [&](TextWriter& out) {
    out << "%%MatrixMarket matrix coordinate "
        << (view.real_weights() ? "real"
            : view.weighted()   ? "integer"
                                : "pattern")
        << (view.directed() ? " general\n" : " symmetric\n");
    out << view.num_nodes() << ' ' << view.num_nodes() << ' ' << view.num_edges() << '\n';
    for_each_edge(view, true, [&](NodeID u, const UserArc& arc) {
      out << u + 1 << ' ' << arc.v + 1;
      if (view.weighted()) put_weight(out << ' ', view, arc.w);
      out << '\n';
    });
  });
}

Status write_metis(const GraphView& view, const std::string& path) {
  return write_file(path, [&](TextWriter& out) {
    out << view.num_nodes() << ' ' << view.num_edges() << (view.weighted() ? " 1\n" : "\n");
    UserLists lists(view, view.out());
    for (NodeID u = 0; u < view.num_nodes(); ++u) {
      std::string_view separator;
      for (const UserArc& arc : lists[u]) {
        out << separator << arc.v + 1;
        if (view.weighted()) out << ' ' << arc.w;
        separator = " ";
      }
      out << '\n';
    }
  });
}

Status write_dimacs(const GraphView& view, const std::string& path, WriteReport& report) {
  if (view.has_coordinates()) {
    const std::string_view stem = without_compression(path);
    report.coordinates_path =
        std::string(stem.substr(0, stem.size() - (stem.ends_with(".gr") ? 3 : 0))) + ".co" +
        path.substr(stem.size());
    QUADRILLE_RETURN_IF_ERROR(
        write_file(report.coordinates_path, [&](TextWriter& out) { put_coordinates(out, view); }));
  }
  return write_file(path, [&](TextWriter& out) {
    out << "p sp " << view.num_nodes() << ' ' << view.num_arcs() << '\n';
    UserLists lists(view, view.out());
    for (NodeID u = 0; u < view.num_nodes(); ++u) {
      for (const UserArc& arc : lists[u])
        out << "a " << u + 1 << ' ' << arc.v + 1 << ' ' << arc.w << '\n';
    }
  });
}

}  // namespace quadrille
