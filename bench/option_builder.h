// What the verbs' options are built of, and with it the door to CLI11: options.cpp and
// profile_options.cpp describe the verbs by these, and nothing else of the program sees CLI11.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "bench/option_checks.h"
#include "bench/options.h"

namespace quadrille::program {

inline constexpr const char* kInputGroup = "Input";
inline constexpr const char* kSceneGroup = "Scene";
inline constexpr const char* kResultGroup = "Results";
inline constexpr const char* kTraceGroup = "Trace";
inline constexpr const char* kMachineGroup = "Machine";
inline constexpr const char* kGeneralGroup = "General";

// Help in 80 columns, for an app and all its verbs.
std::shared_ptr<CLI::FormatterBase> help_formatter();

CLI::App* add_verb(CLI::App& app, const std::string& name, const std::string& help);

// Converts an option's text with one of the parse functions of option_values.h.
template <class T, class Target>
CLI::Option* add_parsed(CLI::App* app, const std::string& name,
                        Result<T> (*parse)(std::string_view), Target assign,
                        const std::string& help) {
  return app->add_option_function<std::string>(
      name,
      [name, parse, assign](const std::string& text) {
        Result<T> value = parse(text);
        if (!value.is_ok()) throw CLI::ValidationError(name, value.status().message());
        assign(std::move(value).value());
      },
      help);
}

struct NumberRange {
  double least, most;
};

template <class T>
inline constexpr bool kIsWhole = std::is_integral_v<T>;
template <class T>
inline constexpr bool kIsWhole<std::vector<T>> = kIsWhole<T>;

// A number, or several.
template <class T>
CLI::Option* add_number(CLI::App* app, const std::string& name, T& target, NumberRange range,
                        const std::string& help) {
  const auto check = [range](const std::string& text) {
    return check_number(text, range.least, range.most, kIsWhole<T>).message();
  };
  return app->add_option(name, target, help)->check(check)->option_text("N");
}

CLI::Option* add_choice(CLI::App* app, const std::string& name, std::string& target,
                        std::vector<std::string_view> choices, const std::string& help);

// The options that mean the same on every verb that has them.
void add_machine_options(CLI::App* app, MachineOptions& machine);
void add_quiet(CLI::App* app, bool& quiet);
void add_seed(CLI::App* app, std::uint64_t& seed);

// scene_options.cpp
void add_order(CLI::App* app, std::string& order);
void add_reading_options(CLI::App* app, ReadingOptions& reading);
void add_graph_options(CLI::App* app, InputOptions& input);  // of verbs that take graphs alone
void add_input_options(CLI::App* app, RunOptions& run);
void add_scene_options(CLI::App* app, RunOptions& run);

void add_profile(CLI::App& app, Options& options);     // profile_options.cpp
void add_query(CLI::App& app, Options& options);       // file_options.cpp
void add_file_verbs(CLI::App& app, Options& options);  // the same

}  // namespace quadrille::program
