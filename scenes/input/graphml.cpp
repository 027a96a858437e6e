// GraphML, through expat (its only door). Nodes are numbered as GraphMlNodes says; an edge's weight
// is the <data> whose <key> is for edges and named `weight`; nodes' x and y become coordinates.
// Read three times: the nodes, then the edges twice. One graph a file; nested graphs, hyperedges
// and graphs of mixed direction are refused.
#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <unordered_map>

#include <expat.h>

#include "scenes/input/fields.h"
#include "scenes/input/formats.h"
#include "scenes/input/graphml_nodes.h"

namespace quadrille {
namespace {

const char* find_attribute(const char** attributes, const char* name) {
  for (; *attributes != nullptr; attributes += 2) {
    if (std::strcmp(attributes[0], name) == 0) return attributes[1];
  }
  return nullptr;
}

// Names may carry a namespace prefix.
std::string_view local_name(const char* name) {
  const std::string_view whole(name);
  return whole.substr(whole.find(':') == std::string_view::npos ? 0 : whole.find(':') + 1);
}

enum class Column : std::uint8_t { kNone, kWeight, kX, kY };

// One reading of the file. With a sink it reads edges and looks nodes up, without one it numbers
// the nodes.
class GraphMlReader {
 public:
  GraphMlReader(const TextFile& file, GraphMlNodes& nodes, WeightKind kind, EdgeSink* sink)
      : file_(file), nodes_(nodes), kind_(kind), sink_(sink) {}
  Status run();
  bool has_weights() const { return has_weights_; }
  bool is_directed() const { return is_directed_; }

 private:
  // What expat, which is C, calls: no exception may pass through it.
  template <class Use>
  static void call(void* self, Use use) {
    auto& reader = *static_cast<GraphMlReader*>(self);
    if (reader.is_out_of_memory_) return;  // the end of an empty element still comes
    try {
      use(reader);
    } catch (const std::bad_alloc&) {
      reader.is_out_of_memory_ = true;
      XML_StopParser(reader.parser_, XML_FALSE);
    }
  }
  static void on_start(void* self, const char* name, const char** attributes) {
    call(self, [&](GraphMlReader& reader) { reader.start(local_name(name), attributes); });
  }
  static void on_end(void* self, const char* name) {
    call(self, [&](GraphMlReader& reader) { reader.end(local_name(name)); });
  }
  static void on_text(void* self, const char* text, int length) {
    call(self, [&](GraphMlReader& reader) {
      if (reader.collecting_) reader.collected_.append(text, static_cast<std::size_t>(length));
    });
  }

  void start(std::string_view name, const char** attributes);
  void end(std::string_view name);
  void start_key(const char** attributes);
  void start_graph(const char** attributes);
  void start_node(const char** attributes);
  void start_edge(const char** attributes);
  void start_data(const char** attributes);
  void end_data();
  void end_edge();
  std::optional<NodeID> find_node(const char* role, const char* id);
  Status flush();
  void fail(const std::string& what);
  void stop(Status status) {
    if (!status_.is_ok()) return;
    status_ = std::move(status);
    XML_StopParser(parser_, XML_FALSE);
  }

  const TextFile& file_;
  GraphMlNodes& nodes_;
  WeightKind kind_;
  EdgeSink* sink_;
  XML_Parser parser_ = nullptr;
  Status status_;
  std::unordered_map<std::string, Column> keys_;
  std::string key_id_;             // of the <key> that is open
  Column column_ = Column::kNone;  // of the <data> that is open
  bool collecting_ = false, in_node_ = false, in_edge_ = false, has_weights_ = false,
       seen_graph_ = false, is_directed_ = false, is_out_of_memory_ = false;
  std::string collected_, weight_, default_weight_;
  std::array<Edge, 1024> batch_;
  std::size_t filled_ = 0;
};

void GraphMlReader::fail(const std::string& what) {
  stop({StatusCode::kInvalidInput,
        file_.path() + ":" + std::to_string(XML_GetCurrentLineNumber(parser_)) + ": " + what});
}

void GraphMlReader::start(std::string_view name, const char** attributes) {
  if (!status_.is_ok()) return;
  if (name == "key") return start_key(attributes);
  if (name == "graph") return start_graph(attributes);
  if (name == "node") return start_node(attributes);
  if (name == "edge") return start_edge(attributes);
  if (name == "data") return start_data(attributes);
  if (name == "hyperedge") return fail("a hyperedge is not an edge between two nodes");
  if (name == "default" && !key_id_.empty()) {
    collecting_ = true;
    collected_.clear();
  }
}

void GraphMlReader::end(std::string_view name) {
  if (!status_.is_ok()) return;
  if (name == "default" && collecting_) {
    collecting_ = false;
    if (keys_[key_id_] == Column::kWeight) default_weight_ = collected_;
  }
  if (name == "key") key_id_.clear();
  if (name == "data") end_data();
  if (name == "node") in_node_ = false;
  if (name == "edge") end_edge();
}

void GraphMlReader::start_key(const char** attributes) {
  const char* const id = find_attribute(attributes, "id");
  const char* const what = find_attribute(attributes, "for");
  const char* const name = find_attribute(attributes, "attr.name");
  if (id == nullptr) return fail("a key has no id");
  const std::string_view domain = what == nullptr ? "all" : what,
                         title = name == nullptr ? id : name;
  Column column = Column::kNone;
  if (title == "weight" && (domain == "edge" || domain == "all")) column = Column::kWeight;
  if (title == "x" && (domain == "node" || domain == "all")) column = Column::kX;
  if (title == "y" && (domain == "node" || domain == "all")) column = Column::kY;
  has_weights_ = has_weights_ || column == Column::kWeight;
  key_id_ = id;
  keys_[key_id_] = column;
}

void GraphMlReader::start_graph(const char** attributes) {
  if (seen_graph_) return fail("a second graph; a file may hold one");
  seen_graph_ = true;
  const char* const direction = find_attribute(attributes, "edgedefault");
  is_directed_ = direction != nullptr && std::strcmp(direction, "directed") == 0;
  if (direction == nullptr || is_directed_ || std::strcmp(direction, "undirected") == 0) return;
  fail("edgedefault " + in_quotes(direction) + " is neither 'directed' nor 'undirected'");
}

void GraphMlReader::start_node(const char** attributes) {
  in_node_ = true;
  if (sink_ != nullptr) return;
  const char* const id = find_attribute(attributes, "id");
  if (id == nullptr) return fail("a node has no id");
  Status status = nodes_.add(id);
  if (status.code() == StatusCode::kInvalidInput) return fail(status.message());
  if (!status.is_ok()) stop(std::move(status));
}

std::optional<NodeID> GraphMlReader::find_node(const char* role, const char* id) {
  if (id == nullptr) {
    fail("an edge has no " + std::string(role));
    return {};
  }
  const NodeID found = nodes_.find(id);
  if (found >= 0) return found;
  fail(std::string(role) + " " + in_quotes(id) + " is no node of this graph");
  return {};
}

void GraphMlReader::start_edge(const char** attributes) {
  if (in_edge_) return fail("an edge within an edge");
  in_edge_ = true;
  weight_.clear();
  if (sink_ == nullptr) return;
  const char* const directed = find_attribute(attributes, "directed");
  if (directed != nullptr && (std::strcmp(directed, "true") == 0) != is_directed_) {
    return fail("an edge with directed=" + in_quotes(directed) +
                "; all must be as edgedefault says");
  }
  const std::optional<NodeID> u = find_node("source", find_attribute(attributes, "source"));
  const std::optional<NodeID> v = u ? find_node("target", find_attribute(attributes, "target")) : u;
  if (u && v) batch_[filled_] = {*u, *v, 1};
}

void GraphMlReader::start_data(const char** attributes) {
  const char* const key = find_attribute(attributes, "key");
  const auto found = key == nullptr ? keys_.end() : keys_.find(key);
  column_ = found == keys_.end() ? Column::kNone : found->second;
  const bool wanted =
      column_ == Column::kWeight ? in_edge_ && sink_ != nullptr : in_node_ && sink_ == nullptr;
  collecting_ = column_ != Column::kNone && wanted;
  collected_.clear();
}

void GraphMlReader::end_data() {
  if (!collecting_) return;
  collecting_ = false;
  for (char& c : collected_) c = c == '\n' || c == '\r' ? ' ' : c;
  if (column_ == Column::kWeight) {
    weight_ = collected_;
    return;
  }
  LineCursor cursor(collected_);
  LineFault fault;
  double value = 0;
  const bool is_x = column_ == Column::kX;
  if (!read_coordinate(cursor, is_x ? "x" : "y", value, fault) ||
      !expect_end(cursor, "coordinate", fault)) {
    return fail(fault.what);
  }
  if (is_x)
    nodes_.set_x(static_cast<float>(value));
  else
    nodes_.set_y(static_cast<float>(value));
}

void GraphMlReader::end_edge() {
  in_edge_ = false;
  if (sink_ == nullptr) return;
  const std::string& weight = weight_.empty() ? default_weight_ : weight_;
  if (has_weights_ && weight.empty()) {
    if (kind_ == WeightKind::kReal)
      batch_[filled_] = real_edge(batch_[filled_].u, batch_[filled_].v, 1);
  } else if (has_weights_) {
    LineCursor cursor(weight);
    LineFault fault;
    const bool fine =
        read_weight(cursor, kind_, batch_[filled_].w, fault) && expect_end(cursor, "weight", fault);
    if (!fine) return fail(fault.what);
  }
  if (++filled_ < batch_.size()) return;
  if (Status status = flush(); !status.is_ok()) stop(std::move(status));
}

Status GraphMlReader::flush() {
  const std::size_t count = filled_;
  filled_ = 0;
  return sink_->take(std::span(batch_).first(count));
}

Status GraphMlReader::run() {
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> owner(
      XML_ParserCreate(nullptr), XML_ParserFree);
  parser_ = owner.get();
  if (parser_ == nullptr) throw std::bad_alloc();
  XML_SetUserData(parser_, this);
  XML_SetElementHandler(parser_, on_start, on_end);
  XML_SetCharacterDataHandler(parser_, on_text);
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  std::string_view rest = file_.text();
  bool fine = true;
  do {
    const std::string_view piece = rest.substr(0, kPiece);
    rest.remove_prefix(piece.size());
    fine = XML_Parse(parser_, piece.data(), static_cast<int>(piece.size()), rest.empty()) ==
           XML_STATUS_OK;
    file_.release(piece);
  } while (fine && !rest.empty());
  if (is_out_of_memory_) throw std::bad_alloc();
  if (!fine && status_.is_ok()) fail(XML_ErrorString(XML_GetErrorCode(parser_)));
  if (status_.is_ok() && !seen_graph_) fail("there is no <graph>");
  if (status_.is_ok() && sink_ != nullptr) status_ = flush();
  return status_;
}

class GraphMlSource final : public EdgeSource {
 public:
  GraphMlSource(const TextFile& file, GraphMlNodes& nodes, WeightKind kind)
      : file_(file), nodes_(nodes), kind_(kind) {}
  std::int64_t num_chunks() const override { return 1; }
  Status read(std::int64_t, EdgeSink& sink) override {
    return GraphMlReader(file_, nodes_, kind_, &sink).run();
  }

 private:
  const TextFile& file_;
  GraphMlNodes& nodes_;
  WeightKind kind_;
};

}  // namespace

Result<Graph> read_graphml(ReadContext& context) {
  GraphMlNodes nodes(context.options.ids, context.budget);
  GraphMlReader numbering(context.file, nodes, context.options.weights, nullptr);
  QUADRILLE_RETURN_IF_ERROR(numbering.run());
  nodes.number();
  GraphMlSource source(context.file, nodes, context.options.weights);
  BuildOptions build;
  build.directed = numbering.is_directed();
  build.weighted = numbering.has_weights();
  build.num_nodes = nodes.size();
  build.names = nodes.names();
  build.x = nodes.x();
  build.y = nodes.y();
  return build_from(source, build, context);
}

}  // namespace quadrille
