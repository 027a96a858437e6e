// Which options fit together: what can be said to be wrong before any file is opened.
#pragma once

#include <quadrille/status.h>

#include "bench/options.h"

namespace quadrille::program {

// kInvalidArgument with the sentence for standard error: an unknown scene, no input for it, two inputs at once.
Status check_options(const Options& options);

}  // namespace quadrille::program
