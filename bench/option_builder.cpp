#include "bench/option_builder.h"

#include "bench/help_text.h"

namespace quadrille::program {
namespace {

// Name and value on the left, the description wrapped on the right.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option(const CLI::Option* option, bool is_positional) const override {
    return help_entry(make_option_name(option, is_positional) + make_option_opts(option),
                      option->get_description());
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->get_option_text().empty() ? "" : " " + option->get_option_text();
  }
  std::string make_subcommand(const CLI::App* verb) const override {
    return help_entry(verb->get_name(), verb->get_description());
  }
  std::string make_usage(const CLI::App* app, std::string) const override {
    return "\n" + usage_line(app->get_name()) + "\n";
  }
  std::string make_positionals(const CLI::App*) const override {
    return "";
  }  // the usage line names them
  std::string make_group(std::string group, bool,
                         std::vector<const CLI::Option*> options) const override {
    std::string text = group + ":\n";
    for (const CLI::Option* option : options) text += make_option(option, false);
    return text;
  }
};

}  // namespace

std::shared_ptr<CLI::FormatterBase> help_formatter() { return std::make_shared<HelpFormatter>(); }

CLI::App* add_verb(CLI::App& app, const std::string& name, const std::string& help) {
  CLI::App* verb = app.add_subcommand(name, help)->group("Verbs");
  verb->set_help_flag("--help,-h", "Print this page")->group("");
  return verb;
}

CLI::Option* add_choice(CLI::App* app, const std::string& name, std::string& target,
                        std::vector<std::string_view> choices, const std::string& help) {
  const auto check = [choices](const std::string& text) {
    return check_choice(text, choices).message();
  };
  return app->add_option(name, target, help)->check(check)->option_text("NAME");
}

void add_machine_options(CLI::App* app, MachineOptions& machine) {
  add_number(app, "--threads", machine.threads, {1, 1024},
             "That many threads, also beyond the cores. Default: all cores")
      ->group(kMachineGroup);
  add_choice(app, "--tasks", machine.tasks, {"tbb", "threads", "serial"},
             "Who runs the tasks: tbb, threads or serial. Default: tbb")
      ->group(kMachineGroup);
  app->add_option(
         "--isa", machine.isa,
         "Instruction set: portable, sse4.2, avx2 or avx512. Default: the best of this processor; "
         "QUADRILLE_ISA in the environment sets it too")
      ->envname("QUADRILLE_ISA")
      ->option_text("NAME")
      ->group(kMachineGroup);
}

void add_quiet(CLI::App* app, bool& quiet) {
  app->add_flag("--quiet,-q", quiet, "Print nothing but errors")->group(kGeneralGroup);
}

void add_seed(CLI::App* app, std::uint64_t& seed) {
  add_number(app, "--seed", seed, {0, 9e15}, "Seed of everything random. Default: 1")
      ->group(kInputGroup);
}

}  // namespace quadrille::program
