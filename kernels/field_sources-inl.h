/* Which sources act as wholes on which of up to four cells. Lanes are those cells: a source is read
   once for all of them. Sources wait in a queue, not on a stack: what is looked at next then does
   not depend on what was just found, and is looked at while that is still being computed. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace field {

constexpr float kLeastDistance2 = 1e-37f;  // in units of the extent; its inverse is a float

// Bits of targets: from which the source is apart, and than which it is wider.
struct Apartness {
  unsigned apart = 0, wider = 0;
};

template <class Four>
inline Apartness compare(const SourceSorter& sorter, const FieldCell& from, float shift_x,
                         float shift_y) {
  Apartness bits;
  const Four x(from.center_x + shift_x), y(from.center_y + shift_y), scale(from.scale);
  const Four from_reach(from.reach), least(kLeastDistance2);
  for (std::size_t i = 0; i < kMostSiblings; i += Four::size) {
    const Four dx = x - Four::load_unaligned(sorter.x + i);
    const Four dy = y - Four::load_unaligned(sorter.y + i);
    const Four reach = from_reach + Four::load_unaligned(sorter.reach + i);
    const Four distance2 = dx * dx + dy * dy;
    bits.apart |=
        static_cast<unsigned>(mask_bits(reach * reach < distance2) & mask_bits(least < distance2))
        << i;
    bits.wider |= static_cast<unsigned>(mask_bits(Four::load_unaligned(sorter.scale + i) < scale))
                  << i;
  }
  return bits;
}

// What waits, in memory of the sorter's.
struct WaitingSources {
  QueuedSource* queue;
  std::int32_t head, tail;

  // The next one; the last one, when many wait: then there are four a level at most.
  QueuedSource next() {
    if (tail - head > kSourceQueue / 2) return queue[--tail];
    return queue[head++];
  }

  // Adds the children of a cell, for some targets; in any case it writes four, as whether there are
  // any cannot be foretold.
  void open(const FieldCell* cells, const FieldCell& from, std::int32_t tag, unsigned targets) {
    const auto first = static_cast<std::int32_t>(from.first_child);
    for (std::int32_t c = 0; c < kMostSiblings; ++c) queue[tail + c] = {tag + first + c, targets};
    __builtin_prefetch(cells + first);
    __builtin_prefetch(cells + first + 2);
    tail += targets != 0 ? from.num_children() : 0;
  }

  void refill(SourceSorter& sorter) {
    for (std::int32_t i = head; i < tail; ++i) queue[i - head] = queue[i];
    tail -= head;
    head = 0;
    for (; sorter.num_sources > 0 && tail < kSourceQueue / 4; --sorter.num_sources)
      queue[tail++] = {*sorter.sources++, sorter.targets};
  }
};

template <class Arch>
void sort_sources(SourceSorter& sorter) {
  using Four = NarrowBatch<Arch, kMostSiblings>;
  const FieldCell* const cells = sorter.cells;
  const std::int32_t cell_mask = sorter.cell_mask, first_target = sorter.first_target;
  const std::int32_t first_body = sorter.first_body, last_body = sorter.last_body;
  SortedSource* to = sorter.sorted + sorter.num_sorted;
  SortedSource* const end = sorter.sorted + sorter.capacity;
  WaitingSources waiting = {sorter.queue, sorter.head, sorter.tail};
  while (to < end) {
    if (waiting.head == waiting.tail || waiting.tail > kSourceQueue - kMostSiblings) {
      waiting.refill(sorter);
      if (waiting.tail == 0) break;
    }
    const QueuedSource next = waiting.next();
    const std::int32_t cell = next.source & cell_mask, tag = next.source - cell;
    const std::int32_t image = tag >> kImageShift, self = cell - first_target;
    const FieldCell& from = cells[cell];
    Apartness bits = compare<Four>(sorter, from, sorter.image_x[image], sorter.image_y[image]);
    // Beyond a theta of 1 a cell may seem apart from one that it holds.
    const bool holds_targets =
        (from.first_body <= first_body) & (from.last_body >= last_body) & (tag == 0);
    bits.apart &= holds_targets ? 0 : ~0u;
    const unsigned wider = from.is_leaf() ? 0 : bits.wider;
    const unsigned far = next.targets & bits.apart, others = next.targets & ~bits.apart;
    unsigned near = others & ~wider;
    // Coincident bodies do not act on each other.
    if (from.scale == 0 && tag == 0 && self >= 0 && self < kMostSiblings) near &= ~(1u << self);
    *to = {next.source, static_cast<std::uint16_t>(far), static_cast<std::uint16_t>(near)};
    to += (far | near) != 0 ? 1 : 0;
    waiting.open(cells, from, tag, others & wider);
  }
  sorter.num_sorted = to - sorter.sorted;
  sorter.head = waiting.head;
  sorter.tail = waiting.tail;
}

}  // namespace field
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
