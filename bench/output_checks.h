// Whether what a verb is to write can be written: asked before minutes of work are done for it.
#pragma once

#include <quadrille/status.h>

#include "bench/options.h"

namespace quadrille::program {

// kInvalidArgument: two options name the same file, so one result would be lost, or the input.
Status check_distinct_outputs(const Options& options);

// kIoError: the folder of a file is missing or may not be written to, or the file is a folder.
// kInvalidArgument: the name to share frames under is none, or taken.
Status check_outputs(const Options& options);

}  // namespace quadrille::program
