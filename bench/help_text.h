// The words of the help pages, and how an entry is laid out in 80 columns.
#pragma once

#include <string>
#include <string_view>

namespace quadrille::program {

// "  --name VALUE            description, wrapped" with a line break at the end.
std::string help_entry(std::string_view name, std::string_view description);
std::string usage_line(std::string_view verb);  // of the program itself where `verb` is none

std::string main_help_footer();
std::string run_help_footer();  // lists the scenes
std::string bench_help_footer();
std::string query_help_footer();
std::string watch_help_footer();
std::string profile_arena_help_footer();
std::string profile_gapbs_help_footer();
std::string profile_publish_help_footer();
std::string profile_sizes_help_footer();
std::string profile_trace_help_footer();
std::string profile_updates_help_footer();
std::string convert_help_footer();
std::string profile_frames_help_footer();

}  // namespace quadrille::program
