// Writers of GAPBS's binary graphs and of GraphML; scenes/input says what each looks like.
#include "scenes/input/formats.h"
#include "scenes/output/formats.h"
#include "scenes/output/user_lists.h"
#include "scenes/picture_svg.h"

namespace quadrille {
namespace {

void put_lists(TextWriter& out, const GraphView& view, const Adjacency& adjacency, bool weights) {
  std::int64_t offset = 0;
  for (NodeID user = 0; user < view.num_nodes(); ++user) {
    out.put_raw(offset);
    offset += node_record(adjacency, view.internal_id(user)).out_degree;
  }
  out.put_raw(offset);
  UserLists lists(view, adjacency);
  for (NodeID u = 0; u < view.num_nodes(); ++u) {
    for (const UserArc& arc : lists[u]) {
      out.put_raw(arc.v);
      if (weights) out.put_raw(arc.w);
    }
  }
}

void put_keys(TextWriter& out, const GraphView& view) {
  if (view.has_coordinates()) {
    out << "  <key id=\"x\" for=\"node\" attr.name=\"x\" attr.type=\"float\"/>\n"
           "  <key id=\"y\" for=\"node\" attr.name=\"y\" attr.type=\"float\"/>\n";
  }
  if (view.weighted()) {
    out << "  <key id=\"weight\" for=\"edge\" attr.name=\"weight\" attr.type=\""
        << (view.real_weights() ? "float" : "int") << "\"/>\n";
  }
}

// A number alone is no id in XML.
void put_id(TextWriter& out, const GraphView& view, NodeID user) {
  if (view.names().are_texts()) {
    out << escape_xml(view.names().text(user));
  } else {
    put_name(out << 'n', view, user);
  }
}

void put_nodes(TextWriter& out, const GraphView& view) {
  for (NodeID user = 0; user < view.num_nodes(); ++user) {
    put_id(out << "    <node id=\"", view, user);
    out << '"';
    if (!view.has_coordinates()) {
      out << "/>\n";
      continue;
    }
    const auto v = static_cast<std::size_t>(view.internal_id(user));
    out << "><data key=\"x\">" << view.x()[v] << "</data><data key=\"y\">" << view.y()[v]
        << "</data></node>\n";
  }
}

}  // namespace

Status write_gapbs(const GraphView& view, const std::string& path) {
  const bool weights = extension_of(path) == "wsg";
  return write_file(path, [&](TextWriter& out) {
    out.put_raw(static_cast<std::uint8_t>(view.directed()));
    out.put_raw(static_cast<std::int64_t>(view.num_arcs()));
    out.put_raw(static_cast<std::int64_t>(view.num_nodes()));
    put_lists(out, view, view.out(), weights);
    if (view.directed()) put_lists(out, view, view.in(), weights);
  });
}

Status write_graphml(const GraphView& view, const std::string& path) {
  return write_file(path, [&](TextWriter& out) {
    out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
           "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n";
    put_keys(out, view);
    out << "  <graph edgedefault=\"" << (view.directed() ? "directed" : "undirected") << "\">\n";
    put_nodes(out, view);
    for_each_edge(view, false, [&](NodeID u, const UserArc& arc) {
      put_id(out << "    <edge source=\"", view, u);
      put_id(out << "\" target=\"", view, arc.v);
      out << '"';
      if (view.weighted()) {
        put_weight(out << "><data key=\"weight\">", view, arc.w);
        out << "</data></edge>\n";
      } else {
        out << "/>\n";
      }
    });
    out << "  </graph>\n</graphml>\n";
  });
}

}  // namespace quadrille
