// MemoryRecorder: the memory of a run as a picture that moves: each block of 64 KiB a cell,
// coloured by its label, step by step.
#pragma once

#include <memory>
#include <string>

#include <quadrille/status.h>

namespace quadrille {

class Simulation;

class MemoryRecorder {
 public:
  MemoryRecorder();
  MemoryRecorder(MemoryRecorder&&) noexcept;
  MemoryRecorder& operator=(MemoryRecorder&&) noexcept;
  ~MemoryRecorder();

  // After Simulation::create (with SimulationOptions::track_memory) and after each step; the
  // owner's thread. Looks at each step of short runs, at each second, fourth ... of long ones: at
  // 80 to 160 in all.
  void record(const Simulation& simulation);

  // An animated SVG, without script. Takes the last state, too. Where nothing moves (a printer, a
  // converter) it shows the first step that wrote about as much as any. At most 3,072 cells (of
  // several blocks, if need be) and 162 moments; fewer where the file would exceed 4 MiB. The same
  // bytes for the same run on as many threads, whose buffers are in the picture, if no reader held
  // slots.
  // kInvalidArgument: a name that does not end in .svg, or a simulation whose memory is not
  // tracked; kIoError: it could not be written.
  Status write(const std::string& path, const Simulation& simulation,
               const std::string& title = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace quadrille
