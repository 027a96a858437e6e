#include "scenes/memory_legend.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <span>
#include <string_view>
#include <utility>

#include "scenes/joined.h"

namespace quadrille {
namespace {

constexpr int kLine = 21;
constexpr Colour kFreeColour{36, 41, 54}, kWhite{255, 255, 255};

enum Family : std::uint8_t { kFrames, kArenas, kInput, kBookkeeping, kNumFamilies };

// Even in lightness as far as their number allows; neighbours differ in hue and lightness.
constexpr std::array<Colour, 8> kFrameColours{{{237, 158, 47},
                                               {235, 95, 61},
                                               {229, 89, 142},
                                               {227, 194, 59},
                                               {196, 96, 22},
                                               {234, 128, 138},
                                               {198, 150, 18},
                                               {203, 69, 79}}};
constexpr std::array<Colour, 14> kArenaColours{{{108, 178, 111},
                                                {146, 116, 195},
                                                {5, 163, 136},
                                                {194, 124, 187},
                                                {167, 188, 97},
                                                {151, 147, 230},
                                                {23, 137, 91},
                                                {149, 99, 171},
                                                {0, 180, 188},
                                                {102, 150, 73},
                                                {224, 139, 188},
                                                {0, 138, 132},
                                                {97, 109, 186},
                                                {122, 213, 156}}};
constexpr std::array<Colour, 6> kInputColours{{{74, 118, 174},
                                               {84, 154, 201},
                                               {66, 91, 150},
                                               {132, 175, 220},
                                               {57, 139, 169},
                                               {63, 110, 148}}};
constexpr std::array<Colour, 5> kGreys{
    {{115, 123, 135}, {145, 153, 165}, {93, 100, 111}, {148, 130, 116}, {164, 171, 184}}};

std::span<const Colour> palette(Family family) {
  switch (family) {
    case kFrames: return kFrameColours;
    case kArenas: return kArenaColours;
    case kInput: return kInputColours;
    default: return kGreys;
  }
}

Family family_of(const MemoryHistory::LabelEntry& label) {
  const std::string_view name = label.name;
  if (name.ends_with("padding")) return kBookkeeping;
  if (label.kind == MemoryAreaKind::kFrameSlot) return kFrames;
  if (label.kind == MemoryAreaKind::kArena) return kArenas;
  return name.starts_with("graph") || name.starts_with("points") ? kInput : kBookkeeping;
}

// With so many fifths of the other.
Colour mixed(Colour colour, Colour other, int fifths) {
  const auto mix = [fifths](std::uint8_t a, std::uint8_t b) {
    return static_cast<std::uint8_t>((a * (5 - fifths) + b * fifths) / 5);
  };
  return {mix(colour.r, other.r), mix(colour.g, other.g), mix(colour.b, other.b)};
}

Colour dimmed(Colour colour) { return mixed(colour, kBackground, 3); }

std::string share_text(std::int64_t bytes, std::int64_t all) {
  if (all == 0) return "";
  char text[16];
  std::snprintf(text, sizeof text, "%.1f%%",
                100 * static_cast<double>(bytes) / static_cast<double>(all));
  return text;
}

}  // namespace

std::string byte_text(std::int64_t bytes) {
  static constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1023.5 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  const int decimals = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  char text[32];
  std::snprintf(text, sizeof text, "%.*f %s", decimals, value, kUnits[unit]);
  return text;
}

std::string count_text(std::int64_t count) {
  if (count < 1000) return std::to_string(count);
  const std::string last = std::to_string(1000 + count % 1000);  // with a 1 before it
  return joined(count_text(count / 1000), ",", last.substr(1));
}

MemoryLegend::MemoryLegend(const MemoryHistory& history) {
  choose_colours(history);
  list_labels(history);
  list_signs(history);
}

// A label that no block has most of needs none.
void MemoryLegend::choose_colours(const MemoryHistory& history) {
  std::array<std::size_t, kNumFamilies> used{};
  colours_.push_back(kFreeColour);
  for (std::size_t label = 1; label < history.labels().size(); ++label) {
    const MemoryHistory::LabelEntry& entry = history.labels()[label];
    if (entry.written_as != MemoryHistory::kNoLabel) {
      colours_.push_back(dimmed(colour(entry.written_as)));
      continue;
    }
    const std::span<const Colour> colours = palette(family_of(entry));
    std::size_t& next = used[family_of(entry)];
    const int round = static_cast<int>(next / colours.size());
    colours_.push_back(mixed(colours[next % colours.size()], kWhite, std::min(2 * round, 4)));
    next += entry.is_seen ? 1 : 0;
  }
}

void MemoryLegend::list_labels(const MemoryHistory& history) {
  const auto entry_of = [&](std::int32_t label) -> const MemoryHistory::LabelEntry& {
    return history.labels()[static_cast<std::size_t>(label)];
  };
  const auto add = [&](Colour colour, std::string name, const MemoryHistory::LabelEntry& entry) {
    if (entry.most_bytes == 0) return;
    lines_.push_back(
        {colour, std::move(name), entry.allocations == 0 ? "" : count_text(entry.allocations),
         byte_text(entry.most_bytes), share_text(entry.most_bytes, history.most_bytes())});
  };
  std::vector<std::int32_t> seen;
  MemoryHistory::LabelEntry all{.most_bytes = history.most_bytes()}, unseen;
  std::int64_t num_unseen = 0;
  for (std::int32_t label = 1; label < static_cast<std::int32_t>(history.labels().size());
       ++label) {
    const MemoryHistory::LabelEntry& entry = entry_of(label);
    all.allocations += entry.allocations;
    if (entry.written_as != MemoryHistory::kNoLabel) continue;
    if (entry.is_seen) {
      seen.push_back(label);
    } else if (entry.most_bytes > 0) {
      ++num_unseen;
      unseen.most_bytes += entry.most_bytes;
      unseen.allocations += entry.allocations;
    }
  }
  std::ranges::sort(seen, {}, [&](std::int32_t label) {
    return std::pair(family_of(entry_of(label)), label);  // as they lie in memory
  });
  for (const std::int32_t label : seen) add(colour(label), entry_of(label).name, entry_of(label));
  add(kFreeColour, "free in an arena", entry_of(MemoryHistory::kFree));
  add(kBackground,
      joined(count_text(num_unseen), num_unseen == 1 ? " label" : " labels", " without a block"),
      unseen);
  add(kBackground, "all labels", all);
}

// What is not a label.
void MemoryLegend::list_signs(const MemoryHistory& history) {
  const bool has_unwritten =
      std::ranges::any_of(history.labels(), [](const MemoryHistory::LabelEntry& entry) {
        return entry.written_as != MemoryHistory::kNoLabel;
      });
  if (has_unwritten) {
    lines_.push_back({dimmed(palette(kFrames)[0]), "dim: not written by any step so far"});
  }
  const std::int64_t steps = history.steps_a_moment();
  lines_.push_back({kWritten, steps == 1
                                  ? "written in this step"
                                  : joined("written in these ", count_text(steps), " steps")});
  const bool is_emptied = std::ranges::any_of(
      history.moments(), [](const MemoryMoment& moment) { return !moment.emptied.empty(); });
  if (is_emptied)
    lines_.push_back({.colour = kEmptied, .name = "an arena is emptied", .is_ring = true});
}

int MemoryLegend::height() const { return (static_cast<int>(lines_.size()) + 1) * kLine + 16; }

void MemoryLegend::draw(int left, int top, int right, SvgWriter& svg) const {
  constexpr int kSize = 13, kBytes = 60, kCount = 136;  // columns end so far from the right
  const auto row = [&](int y, Colour colour, const Line& line) {
    if (!line.count.empty()) svg.text(right - kCount, y, kSize, colour, "end", line.count);
    svg.text(right - kBytes, y, kSize, colour, "end", line.bytes);
    svg.text(right, y, kSize, colour, "end", line.share);
  };
  svg.text(left, top + 15, kSize, SvgWriter::kFaintText, "start", "label");
  row(top + 15, SvgWriter::kFaintText, {.count = "count", .bytes = "at most", .share = "share"});
  int y = top + kLine + 8;
  for (const Line& line : lines_) {
    svg.rectangle(left, y, 13, 13, line.colour);
    if (line.is_ring) svg.rectangle(left + 2.5, y + 2.5, 8, 8, kBackground);
    svg.text(left + 22, y + 11, kSize, SvgWriter::kText, "start", line.name);
    if (!line.bytes.empty()) row(y + 11, SvgWriter::kText, line);
    y += kLine;
  }
}

}  // namespace quadrille
