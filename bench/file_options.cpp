// The verbs that work on files alone: query, inspect, convert and diff.
#include "bench/help_text.h"
#include "bench/option_builder.h"

namespace quadrille::program {

void add_query(CLI::App& app, Options& options) {
  QueryOptions& query = options.query;
  CLI::App* verb =
      add_verb(app, "query", "Nearest neighbours, boxes, circles and rays among points");
  verb->footer(query_help_footer());
  verb->add_option("POINTS", query.points, "The points: .csv .tsv .xyz, or .qt: no index is built")
      ->required()
      ->option_text(" ");
  add_number(verb, "--nearest", query.nearest, {1, 1e6}, "The K nearest points, nearest first")
      ->option_text("K")
      ->group("Query");
  add_number(verb, "--box", query.box, {0, 1e300},
             "Points within HALF in x and in y, bounds included")
      ->option_text("HALF")
      ->group("Query");
  add_number(verb, "--radius", query.radius, {0, 1e300},
             "Points within distance R, the circle included")
      ->option_text("R")
      ->group("Query");
  add_number(verb, "--ray", query.ray, {0, 1e300},
             "Points within R of a segment, in the order it passes them")
      ->option_text("R")
      ->group("Query");
  add_number(verb, "--pairs", query.pairs, {1, 1e6}, "The K pairs of POINTS nearest to each other")
      ->option_text("K")
      ->group("Query");
  verb->add_option("--at", query.at, "The query points: .csv .tsv .xyz .qt")
      ->option_text("FILE")
      ->group("Query");
  verb->add_option("-o,--output", query.output, "A line a query, comma-separated")
      ->required()
      ->option_text("OUT.csv")
      ->group("Query");
  verb->add_flag("--count", query.count, "Write how many points, not which")->group("Query");
  add_machine_options(verb, query.machine);
  add_quiet(verb, query.quiet);
}

void add_file_verbs(CLI::App& app, Options& options) {
  CLI::App* inspect =
      add_verb(app, "inspect", "What a graph, a file of points or a quadtree holds, verified");
  inspect->add_option("FILE", options.inspect.file, "Any format that run reads")
      ->required()
      ->option_text(" ");
  add_reading_options(inspect, options.inspect);
  inspect
      ->add_flag("--placement", options.inspect.placement,
                 "Also time searches, breadth-first and by weight, on the graph as read and as "
                 "placed in blocks")
      ->group(kGeneralGroup);

  CLI::App* convert = add_verb(app, "convert", "A graph or points from one format to another");
  convert->footer(convert_help_footer());
  convert->add_option("IN", options.convert.input, "Any format that run reads")
      ->required()
      ->option_text(" ");
  convert->add_option("OUT", options.convert.output, "The format follows the extension")
      ->required()
      ->option_text(" ");
  add_reading_options(convert, options.convert);
  add_quiet(convert, options.convert.quiet);

  CLI::App* diff = add_verb(app, "diff", "Compare two reports, median against median");
  diff->add_option("A.json", options.diff.before, "A report.json")->required()->option_text(" ");
  diff->add_option("B.json", options.diff.after, "Another")->required()->option_text(" ");
  add_parsed<double>(
      diff, "--fail-above", parse_ratio,
      [&options](double ratio) { options.diff.fail_above = ratio; },
      "Exit 1 when a median is more than that much slower, as 5%")
      ->option_text("RATIO")
      ->group(kGeneralGroup);
}

}  // namespace quadrille::program
