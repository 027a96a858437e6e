// replace_file: write a whole file so that its name holds either the old bytes or all of the new
// ones.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include <quadrille/status.h>

namespace quadrille {

// Writes to "<path>.tmp-<process id>" beside `path`, then renames. On failure the temporary is
// removed and an older file is untouched. Sentences: "out.csv: cannot write: No space left on
// device". Any thread; one writer a path.
Status replace_file(const std::string& path, std::span<const char> bytes);

// The same in parts: `produce` calls the sink any number of times; a Status it returns ends the
// write.
using FileSink = std::function<Status(std::span<const char>)>;
Status replace_file(const std::string& path, const std::function<Status(const FileSink&)>& produce);

}  // namespace quadrille
