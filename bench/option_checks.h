// Which options fit together: what can be said to be wrong before any file is opened.
#pragma once

#include <string_view>

#include <quadrille/status.h>

#include "bench/options.h"

namespace quadrille::program {

// kInvalidArgument with the sentence for standard error: an unknown scene, no input for it, two
// inputs at once, what a scene has of no input.
Status check_options(const Options& options);

// Whether an option says how a graph is read.
bool is_of_graphs(std::string_view option);

// Whether `--source` and `--sources` mean something to this scene.
bool takes_source(std::string_view scene);

}  // namespace quadrille::program
