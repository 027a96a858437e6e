// Arena against new: objects of 16 bytes, each written once.
#include <memory>
#include <vector>

#include <quadrille/arena.h>

#include "bench/suite.h"

namespace quadrille::program {
namespace {

struct Object {
  std::int64_t key, value;
};
static_assert(sizeof(Object) == 16);

// The objects stay reachable through `kept`, as in a program that uses them.
void allocate_from_arena(Arena& arena, std::vector<Object*>& kept) {
  for (std::size_t i = 0; i < kept.size(); ++i) {
    auto* object =
        static_cast<Object*>(arena.try_allocate(sizeof(Object), alignof(Object), {"bench"}));
    object->key = static_cast<std::int64_t>(i);
    kept[i] = object;
  }
  arena.reset();
}

void allocate_from_thread_chunk(Arena& arena, ArenaThread& own, std::vector<Object*>& kept) {
  for (std::size_t i = 0; i < kept.size(); ++i) {
    auto* object =
        static_cast<Object*>(own.try_allocate(sizeof(Object), alignof(Object), {"bench"}));
    object->key = static_cast<std::int64_t>(i);
    kept[i] = object;
  }
  arena.reset();
  own.reset();
}

void allocate_from_heap(std::vector<Object*>& kept) {
  for (std::size_t i = 0; i < kept.size(); ++i) {
    kept[i] = new Object{static_cast<std::int64_t>(i), 0};
  }
  for (Object* object : kept) delete object;
}

}  // namespace

Status run_suite_allocation(const SuiteContext& context) {
  const std::int64_t items = context.size.part_items;
  const auto capacity = static_cast<std::size_t>(items) * sizeof(Object) + Arena::kThreadChunk;
  ArenaOptions arena_options;
  arena_options.capacity_bytes = capacity;
  QUADRILLE_ASSIGN_OR_RETURN(Arena arena, Arena::create(arena_options));
  std::vector<Object*> kept(static_cast<std::size_t>(items));
  allocate_from_arena(arena,
                      kept);  // pages are warm from here on, as in a simulation's later steps
  context.results.push_back(measure_part(context, "arena, 16 bytes", items, "objects",
                                         [&] { allocate_from_arena(arena, kept); }));
  ArenaThread own(arena);
  context.results.push_back(measure_part(context, "arena, thread's chunk", items, "objects",
                                         [&] { allocate_from_thread_chunk(arena, own, kept); }));
  context.results.push_back(measure_part(context, "new and delete, 16 bytes", items, "objects",
                                         [&] { allocate_from_heap(kept); }));
  return Status::ok();
}

}  // namespace quadrille::program
