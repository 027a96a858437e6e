// Where arcs of the forest are gone: another way from the tree below to the rest of its component,
// or two components.
#include <algorithm>
#include <limits>

#include "engine/integers.h"
#include "kernels/components_repair.h"

namespace quadrille {
// Finds each orphan a place in its component, or makes a component of its tree. False: too long.
bool ComponentsRepair::mend(std::span<NodeID> label) {
  for (std::size_t i = 0; i < num_orphans_;) {
    if (is_too_long()) return false;
    const Orphan orphan = orphans_[i];
    const NodeID v = orphan.node;
    const bool is_orphan = parent_[at(v)] == v && graph_.user_id(v) != label[at(v)];
    if (!is_orphan || attach_near(v, label)) {
      ++i;
      continue;
    }
    Link link;
    switch (search(orphan, label, link)) {
      case Found::kLink:
        make_root(link.inside);
        attach(link.inside, link.outside);
        break;
      case Found::kTreeIsClosed: make_root(split_off(tree_.reached(), label)); break;
      case Found::kRestIsClosed: split_rest(v, label); break;  // looked at again, if it is no root
      case Found::kTooLong: return false;
    }
  }
  return true;
}

// What has a lower rank is not below.
bool ComponentsRepair::attach_near(NodeID orphan, std::span<const NodeID> label) {
  return any_neighbour(orphan, [&](NodeID v) {
    ++work_;
    if (rank_[at(v)] >= rank_[at(orphan)] || label[at(v)] != label[at(orphan)]) return false;
    parent_[at(orphan)] = v;
    return true;
  });
}

ComponentsRepair::Found ComponentsRepair::search(const Orphan& orphan,
                                                 std::span<const NodeID> label, Link& link) {
  if (last_mark_ > std::numeric_limits<std::uint32_t>::max() - 2) {
    std::ranges::fill(mark_, 0);
    last_mark_ = 0;
  }
  const auto begin = [&](Side& side, std::span<NodeID> queue, NodeID first) {
    side = {queue, 1, 0, 0, ++last_mark_};
    queue[0] = first;
    mark_[at(first)] = side.mark;
  };
  begin(tree_, tree_queue_, orphan.node);
  rest_.mark = last_mark_ + 1;                                     // nobody has it as yet
  const NodeID root = graph_.internal_id(label[at(orphan.node)]);  // never below an orphan
  const bool is_near =
      label[at(orphan.from)] == label[at(orphan.node)] && !is_below(orphan.from, orphan.node);
  begin(rest_, rest_queue_, is_near ? orphan.from : root);
  while (!is_too_long()) {
    if (tree_.done == tree_.size) return Found::kTreeIsClosed;
    if (rest_.done == rest_.size) return Found::kRestIsClosed;
    Side& next = tree_.work <= rest_.work ? tree_ : rest_;
    if (expand(next, orphan.node, label, link)) return Found::kLink;
  }
  return Found::kTooLong;
}

// One node more of a side. True: one of its arcs leads to the other side.
bool ComponentsRepair::expand(Side& side, NodeID orphan, std::span<const NodeID> label,
                              Link& link) {
  const NodeID u = side.queue[side.done++];
  const bool is_tree = &side == &tree_;
  return any_neighbour(u, [&](NodeID v) {
    ++side.work;
    ++work_;
    if (mark_[at(v)] == side.mark || label[at(v)] != label[at(orphan)]) return false;
    if (is_below(v, orphan) != is_tree) {
      link = is_tree ? Link{u, v} : Link{v, u};
      return true;
    }
    mark_[at(v)] = side.mark;
    side.queue[side.size++] = v;
    return false;
  });
}

// Whether the way up leads to the orphan: up to what has no higher rank, or is known.
bool ComponentsRepair::is_below(NodeID v, NodeID orphan) {
  while (true) {
    if (mark_[at(v)] == tree_.mark) return true;
    if (mark_[at(v)] == rest_.mark) return false;
    if (rank_[at(v)] <= rank_[at(orphan)] || parent_[at(v)] == v) return v == orphan;
    v = parent_[at(v)];
    ++work_;
  }
}

// Makes a component of nodes that lost all others; returns the one that it is named after.
NodeID ComponentsRepair::split_off(std::span<const NodeID> nodes, std::span<NodeID> label) {
  NodeID least = std::numeric_limits<NodeID>::max();
  for (const NodeID v : nodes) least = std::min(least, graph_.user_id(v));
  size_[at(label[at(nodes[0])])] -= static_cast<NodeID>(nodes.size());
  size_[at(least)] = static_cast<NodeID>(nodes.size());
  for (const NodeID v : nodes) relabel(v, least, label);
  return graph_.internal_id(least);
}

// The nodes outside of an orphan's tree that were reached are a component. If they have the node
// that it was named after, all others get another name.
void ComponentsRepair::split_rest(NodeID orphan, std::span<NodeID> label) {
  const NodeID name = label[at(orphan)];
  const auto rest = rest_.reached();
  if (mark_[at(graph_.internal_id(name))] != rest_.mark) {
    const NodeID root = split_off(rest, label);
    for (const NodeID v : rest) parent_[at(v)] = kNoParent;  // several trees
    return grow_tree(root);
  }
  const NodeID nodes = graph_.num_nodes();
  work_ += nodes;
  const auto is_other = [&](NodeID v) {
    return label[at(v)] == name && mark_[at(v)] != rest_.mark;
  };
  NodeID least = std::numeric_limits<NodeID>::max();
  for (NodeID v = 0; v < nodes; ++v) {
    if (is_other(v)) least = std::min(least, graph_.user_id(v));
  }
  for (NodeID v = 0; v < nodes; ++v) {
    if (is_other(v)) relabel(v, least, label);
  }
  size_[at(least)] = size_[at(name)] - static_cast<NodeID>(rest.size());
  size_[at(name)] = static_cast<NodeID>(rest.size());
  make_root(graph_.internal_id(least));
}

}  // namespace quadrille
