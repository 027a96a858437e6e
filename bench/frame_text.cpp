#include "bench/frame_text.h"

#include "bench/format.h"

namespace quadrille::program {

std::string rate_text(double hz) {
  if (hz == 0) return "full speed";
  return hz >= 1000 ? fmt::format("{:g} kHz", hz / 1000) : fmt::format("{:g} Hz", hz);
}

std::string readers_text(int readers) {
  if (readers == 0) return "no reader";
  return fmt::format("{} reader{}", readers, readers == 1 ? "" : "s");
}

std::string_view conduct_text(ReaderConduct conduct) {
  switch (conduct) {
    case ReaderConduct::kBusy: break;
    case ReaderConduct::kSlow: return "slow";
    case ReaderConduct::kOneStalls: return "one stalls";
    case ReaderConduct::kAsleep: return "asleep";
  }
  return "busy";
}

std::string cell_name(const FrameCell& cell, const FrameCellPeer& peer) {
  std::string name =
      fmt::format("{}, {}, {}", peer.name, readers_text(cell.window.setup.num_readers),
                  rate_text(cell.window.rate_hz));
  if (cell.window.conduct != ReaderConduct::kBusy)
    name += fmt::format(", {}", conduct_text(cell.window.conduct));
  return name;
}

}  // namespace quadrille::program
