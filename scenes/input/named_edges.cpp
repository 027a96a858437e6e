#include "scenes/input/named_edges.h"

#include <array>
#include <string>
#include <vector>

#include "engine/node_names.h"
#include "scenes/edge_passes.h"
#include "scenes/first_failure.h"
#include "scenes/input/line_source.h"
#include "scenes/input/name_table.h"
#include "scenes/input/plain_line.h"

namespace quadrille {
namespace {

template <class Name>
struct NamedEdge {
  typename Name::Key u, v;
  Weight w;
};

// Characters of a plain name: what stands in most texts, and never for anything else.
constexpr std::array<bool, 256> kPlainCharacters = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = '!'; c <= '~'; ++c)
    plain[c] = c != ',' && c != ';' && c != '"' && c != '#' && c != '%';
  return plain;
}();

// Each take_plain() moves `at` past a name, or returns false; each take() checks one field.
struct NumberParser {
  using Name = NumberName;
  static constexpr std::ptrdiff_t kPlainBytes = 2 * (24 + 1) + 24;

  static bool take_plain(const char*& at, std::uint64_t& number) {
    return take_plain_number(at, number);
  }
  static bool take(std::string_view field, std::string_view name, std::uint64_t& number,
                   std::string& what) {
    if (parse_node_number(field, number)) return true;
    const std::string subject = std::string(name) + " ";
    const std::string_view digits = field.substr(field.starts_with('-') ? 1 : 0);
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
      what = subject + in_quotes(field) + " is not a whole number, as the first edge's source is";
    } else if (digits.size() != field.size()) {
      what = subject + in_quotes(field) + " is below 0";
    } else {
      what = subject + in_quotes(field) + " has more than 64 bits";
    }
    return false;
  }
};

struct TextParser {
  using Name = TextName;
  static constexpr std::ptrdiff_t kPlainBytes = 2 * (64 + 1) + 24;

  static bool take_plain(const char*& at, std::string_view& text) {
    std::size_t size = 0;
    while (size < 64 && kPlainCharacters[static_cast<unsigned char>(at[size])]) ++size;
    if (size == 0 || size == 64) return false;
    text = {at, size};
    at += size;
    return true;
  }
  static bool take(std::string_view field, std::string_view name, std::string_view& text,
                   std::string& what) {
    const char* const fault = find_name_fault(field);
    text = field;
    if (fault != nullptr) what = std::string(name) + " " + in_quotes(field) + " " + fault;
    return fault == nullptr;
  }
};

// Of an edge list's lines; see LineReader.
template <class Names>
class NamedEdgeParser {
 public:
  using Record = NamedEdge<typename Names::Name>;
  static constexpr std::ptrdiff_t kPlainBytes = Names::kPlainBytes;

  NamedEdgeParser(const EdgeListShape& shape, WeightKind kind, bool has_quotes)
      : shape_(shape), kind_(kind), has_quotes_(has_quotes) {}

  bool parse_plain(const char*& at, Record& edge) const {
    if (at == shape_.column_names || (shape_.has_weights && kind_ == WeightKind::kReal))
      return false;
    const char* p = at;
    std::uint32_t weight = 0;
    if (!Names::take_plain(p, edge.u) || !separates_plainly(*p++) ||
        !Names::take_plain(p, edge.v) || !end_plain_line(p, shape_.has_weights ? &weight : nullptr))
      return false;
    if (shape_.has_weights && kind_ == WeightKind::kInteger) edge.w = static_cast<Weight>(weight);
    at = p;
    return true;
  }

  LineKind parse(std::string_view line, Record& edge, LineFault& fault) const {
    LineCursor cursor(line);
    if (cursor.at_end()) return LineKind::kEmpty;
    if (cursor.at_any_of('#', '%') || line.data() == shape_.column_names) return LineKind::kComment;
    if (!take_name(cursor, "source", edge.u, fault) || !take_name(cursor, "target", edge.v, fault))
      return LineKind::kFault;
    if (shape_.has_weights && !read_weight(cursor, kind_, edge.w, fault)) return LineKind::kFault;
    return expect_end(cursor, shape_.has_weights ? "weight" : "target", fault) ? LineKind::kEdge
                                                                               : LineKind::kFault;
  }

 private:
  template <class Key>
  bool take_name(LineCursor& cursor, std::string_view name, Key& key, LineFault& fault) const {
    fault.at = cursor.at();
    std::string_view field = cursor.take_field();
    if (field.empty()) {
      fault.what = describe(Scan::kMissing, name, field);
      return false;
    }
    if (has_quotes_) field = without_quotes(field);
    return Names::take(field, name, key, fault.what);
  }

  EdgeListShape shape_;
  WeightKind kind_;
  bool has_quotes_;
};

template <class Names>
class NamedEdgeSource final : public EdgeSource {
 public:
  using Name = typename Names::Name;
  using Record = NamedEdge<Name>;

  NamedEdgeSource(ReadContext& context, const EdgeListShape& shape, bool has_quotes)
      : budget_(context.budget), table_(context.budget),
        reader_(context.file, NamedEdgeParser<Names>(shape, context.options.weights, has_quotes)) {}

  // The first reading.
  Status collect(Parallel& parallel) {
    QUADRILLE_RETURN_IF_ERROR(table_.open());
    BufferCharge buffers(budget_, {"names of nodes"});
    QUADRILLE_RETURN_IF_ERROR(
        buffers.add(static_cast<std::size_t>(parallel.num_workers()) * Collector::bytes()));
    std::vector<Collector> collectors;
    for (int worker = 0; worker < parallel.num_workers(); ++worker) collectors.emplace_back(table_);
    QUADRILLE_RETURN_IF_ERROR(
        run_chunks(parallel, num_chunks(), [&](std::int64_t chunk, int worker) {
          return collect(chunk, collectors[static_cast<std::size_t>(worker)]);
        }));
    return table_.rank_all(parallel);
  }
  NodeNames names() const { return table_.names(); }
  LineCounts lines() const { return reader_.totals().lines; }

  std::int64_t num_chunks() const override { return reader_.num_chunks(); }
  Status read(std::int64_t chunk, EdgeSink& sink) override {
    return reader_.read(chunk, [&](std::span<const Record> edges) { return send(edges, sink); });
  }

 private:
  using Collector = typename NameTable<Name>::Collector;
  static constexpr std::size_t kAtOnce = 128;  // lookups that wait for memory together

  Status collect(std::int64_t chunk, Collector& collector) {
    const auto add = [&collector](std::span<const Record> edges) -> Status {
      for (const Record& edge : edges) {
        QUADRILLE_RETURN_IF_ERROR(collector.add(edge.u));
        QUADRILLE_RETURN_IF_ERROR(collector.add(edge.v));
      }
      return Status::ok();
    };
    QUADRILLE_RETURN_IF_ERROR(reader_.read(chunk, add));
    return collector.flush();  // while the chunk's texts are in memory
  }

  Status send(std::span<const Record> records, EdgeSink& sink) const {
    std::array<Edge, 1024> edges;
    std::array<std::uint64_t, 2 * kAtOnce> hashes;
    for (std::size_t begin = 0; begin < records.size(); begin += kAtOnce) {
      const std::span<const Record> part =
          records.subspan(begin, std::min(kAtOnce, records.size() - begin));
      for (std::size_t i = 0; i < part.size(); ++i) {
        table_.prefetch(hashes[2 * i] = table_.hash(part[i].u));
        table_.prefetch(hashes[2 * i + 1] = table_.hash(part[i].v));
      }
      for (std::size_t i = 0; i < part.size(); ++i) {
        const Edge edge{table_.rank_of(part[i].u, hashes[2 * i]),
                        table_.rank_of(part[i].v, hashes[2 * i + 1]), part[i].w};
        if (edge.u < 0 || edge.v < 0) return source_changed();
        edges[begin + i] = edge;
      }
    }
    return sink.take(std::span<const Edge>(edges).first(records.size()));
  }

  MemoryBudget* budget_;
  NameTable<Name> table_;
  LineReader<NamedEdgeParser<Names>, Record> reader_;
};

template <class Names>
Result<Graph> read_names_as(ReadContext& context, const EdgeListShape& shape) {
  NamedEdgeSource<Names> source(context, shape, may_have_quotes(context.file.path()));
  QUADRILLE_RETURN_IF_ERROR(source.collect(context.parallel));
  BuildOptions build;
  build.directed = context.options.directed;
  build.weighted = shape.has_weights;
  build.num_nodes = source.names().size();
  build.names = source.names();
  Result<Graph> graph = build_from(source, build, context);
  note_lines(source.lines(), context.report);
  return graph;
}

// Whether nodes of such an edge list are read as numbers.
bool has_number_names(const EdgeListShape& shape, NodeIds ids) {
  if (ids != NodeIds::kSparse) return false;
  return is_digits(LineCursor(shape.first_edge).peek());
}

}  // namespace

Result<Graph> read_named_edges(ReadContext& context, const EdgeListShape& shape) {
  return has_number_names(shape, context.options.ids) ? read_names_as<NumberParser>(context, shape)
                                                      : read_names_as<TextParser>(context, shape);
}

}  // namespace quadrille
