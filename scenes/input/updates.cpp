#include "scenes/input/updates.h"

#include <algorithm>
#include <new>

#include "engine/number_text.h"
#include "scenes/input/fields.h"
#include "scenes/input/formats.h"
#include "scenes/input/text.h"

namespace quadrille {
namespace {

class UpdateParser {
 public:
  UpdateParser(const GraphView& graph, bool has_quotes)
      : graph_(graph), has_quotes_(has_quotes), nodes_(graph.num_nodes()),
        kind_(!graph.weighted()      ? WeightKind::kIgnore
              : graph.real_weights() ? WeightKind::kReal
                                     : WeightKind::kInteger) {}

  // False: the fault is filled in.
  bool parse(LineCursor cursor, EdgeEdit& edit, LineFault& fault) {
    const std::string_view sign = cursor.peek();
    if (sign != "+" && sign != "-") {
      fault = {cursor.at(), in_quotes(sign) + " is neither + (insert) nor - (delete)"};
      return false;
    }
    cursor.take_field();
    edit.is_insert = sign == "+";
    edit.w = kind_ == WeightKind::kReal ? real_edge(0, 0, 1.0f).w : 1;
    if (!read_node(cursor, "source", edit.is_insert, edit.u, fault) ||
        !read_node(cursor, "target", edit.is_insert, edit.v, fault)) {
      return false;
    }
    const bool has_weight = edit.is_insert && !cursor.at_end();
    if (has_weight && !read_weight(cursor, kind_, edit.w, fault)) return false;
    return expect_end(cursor, has_weight ? "weight" : "target", fault);
  }

 private:
  bool read_node(LineCursor& cursor, std::string_view name, bool may_be_new, NodeID& node,
                 LineFault& fault) {
    const char* const at = cursor.at();
    if (!graph_.names().empty()) return find_node(cursor, name, node, fault);
    if (!read_id(cursor, {}, name, node, fault)) return false;
    if (may_be_new && node == nodes_ && nodes_ < kMostNodes) ++nodes_;
    if (node >= nodes_) {
      fault = {at, "node " + std::to_string(node) + " is out of range; the graph has " +
                       counted(nodes_, "node") +
                       (may_be_new ? ", and a new one is " + std::to_string(nodes_) : "")};
      return false;
    }
    if (node < graph_.num_nodes()) node = graph_.internal_id(node);
    return true;
  }

  // None can be added: user ids are the ranks of names, and a new name would move them.
  bool find_node(LineCursor& cursor, std::string_view name, NodeID& node, LineFault& fault) const {
    fault.at = cursor.at();
    const std::string_view whole = cursor.take_field();
    const std::string_view field = has_quotes_ ? without_quotes(whole) : whole;
    if (field.empty()) {
      fault.what = describe(Scan::kMissing, name, field);
      return false;
    }
    const NodeID user = graph_.find_user(field);
    if (user >= 0) {
      node = graph_.internal_id(user);
      return true;
    }
    fault.what = std::string(name) + " " + in_quotes(field) +
                 " is none of the graph's nodes; where ids are sparse none can be added";
    return false;
  }

  const GraphView& graph_;
  bool has_quotes_;
  std::int64_t nodes_;  // so far
  WeightKind kind_;
};

}  // namespace

Result<std::vector<EdgeEdit>> read_updates(const std::string& path, const GraphView& graph,
                                           MemoryBudget* budget) {
  QUADRILLE_ASSIGN_OR_RETURN(const TextFile file, TextFile::open(path, budget));
  try {
    std::vector<EdgeEdit> edits;
    UpdateParser parser(graph, may_have_quotes(path));
    LineCounts counts;
    LineFault fault;
    for (std::string_view rest = file.text(); !rest.empty();) {
      const LineCursor cursor(take_line(rest, counts));
      if (cursor.at_end() || cursor.at_any_of('#', '%')) continue;
      EdgeEdit edit{};
      if (!parser.parse(cursor, edit, fault)) return file.fault(fault.at, fault.what);
      edits.push_back(edit);
    }
    return edits;
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kOutOfMemory, path + ": no memory for its updates");
  }
}

}  // namespace quadrille
