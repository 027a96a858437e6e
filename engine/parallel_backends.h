// The backends of Parallel that have a file of their own. `num_workers` >= 1.
#pragma once

#include <quadrille/status.h>

#include <memory>

#include <quadrille/parallel.h>

namespace quadrille::detail {

Result<std::unique_ptr<Parallel>> create_thread_pool(int num_workers);  // parallel_threads.cpp
Result<std::unique_ptr<Parallel>> create_tbb_arena(int num_workers);    // parallel_tbb.cpp

}  // namespace quadrille::detail
