// Measurements that must not see each other: each runs in a child process, so that a heap is as it
// is when a program starts, whatever was measured before.
#pragma once

#include <functional>
#include <vector>

#include <quadrille/status.h>

namespace quadrille::program {

// Runs `measure` in a child process and returns the numbers that it returned there. The child
// inherits memory and nothing of what it does is seen here; it must print nothing. Only while this
// process has one thread. kIoError: no process could be started, or a signal ended it.
Result<std::vector<double>> measure_in_child(
    const std::function<Result<std::vector<double>>()>& measure);

}  // namespace quadrille::program
