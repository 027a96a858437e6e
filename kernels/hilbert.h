// Keys along Hilbert's curve: two that follow each other stand side by side, where Morton's order
// jumps.
#pragma once

#include <array>
#include <cstdint>

namespace quadrille {

// What four bits of a Morton key, two of each axis, become in a curve that is turned: at 16 times
// the turn. The low four bits are the place along the curve, the next two the turn within.
struct HilbertSteps {
  std::array<std::uint8_t, 64> steps{};
  constexpr HilbertSteps() {
    for (std::uint32_t from = 0; from < steps.size(); ++from) {
      std::uint32_t turn = from >> 4, place = 0;
      for (int shift = 2; shift >= 0; shift -= 2) {
        const std::uint32_t digit = from >> shift & 3;
        // Bit 0 of a turn exchanges the axes, bit 1 mirrors both.
        const std::uint32_t turned = (turn & 1) != 0 ? (digit >> 1) | (digit & 1) << 1 : digit;
        const std::uint32_t x = (turned ^ turn >> 1) & 1, y = (turned >> 1 ^ turn >> 1) & 1;
        place = place << 2 | (3 * x ^ y);
        turn ^= (y ^ 1) | (x & (y ^ 1)) << 1;
      }
      steps[from] = static_cast<std::uint8_t>(turn << 4 | place);
    }
  }
};

// Of a Morton key, four bits at a time [Hilbert 1891; as a table of states, Lawder, King 2000].
inline std::uint32_t hilbert_key(std::uint32_t morton_key) {
  static constexpr HilbertSteps kSteps;
  std::uint32_t key = 0, turn = 0;
  for (int shift = 28; shift >= 0; shift -= 4) {
    const std::uint32_t step = kSteps.steps[turn | (morton_key >> shift & 15)];
    key = key << 4 | (step & 15);
    turn = step & 0x30;
  }
  return key;
}

}  // namespace quadrille
