// Who holds a run's memory: the table of `run --hot-spots`.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <quadrille/memory_map.h>

namespace quadrille::program {

// What holds most comes first; of what holds nothing any more, what took most.
void sort_hot_spots(std::vector<LabelUsage>& labels);

// A line a label and their sum, which holds what Simulation::memory_used() says; at most `width`
// columns where that is possible.
std::string hot_spot_table(const std::vector<LabelUsage>& labels, std::size_t width);

}  // namespace quadrille::program
