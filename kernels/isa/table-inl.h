// Instantiates every body for one instruction set. Set before: QUADRILLE_ISA_NAMESPACE,
// QUADRILLE_ISA_ARCH, QUADRILLE_ISA_TABLE (the table's name) and QUADRILLE_ISA_NAME (as --isa takes
// it).

#include <quadrille/pull_laws.h>

#include "kernels/grid_cell.h"
#include "kernels/isa/tables.h"
#include "kernels/prefetch.h"
#include "kernels/simd.h"

// What other bodies use comes before them.
#include <quadrille/field_lanes-inl.h>

#include <quadrille/radial_field-inl.h>

#include "kernels/harmonic_field-inl.h"
#include "kernels/query_node-inl.h"
#include "kernels/range_queue-inl.h"
#include "kernels/ranked_set-inl.h"
#include "kernels/sssp-inl.h"
#include "kernels/window-inl.h"

#include "kernels/neighbor_heap-inl.h"
#include "kernels/point_gatherer-inl.h"
#include "kernels/window_walk-inl.h"

#include "kernels/nearest-inl.h"

#include "kernels/bfs_lists-inl.h"
#include "kernels/path_lists-inl.h"

#include "kernels/barnes_hut-inl.h"
#include "kernels/bfs_bits-inl.h"
#include "kernels/broad_phase-inl.h"
#include "kernels/components-inl.h"
#include "kernels/contact_solver-inl.h"
#include "kernels/field_sources-inl.h"
#include "kernels/field_table-inl.h"
#include "kernels/integrate-inl.h"
#include "kernels/labels-inl.h"
#include "kernels/morton-inl.h"
#include "kernels/nearest_batch-inl.h"
#include "kernels/pagerank-inl.h"
#include "kernels/path_search-inl.h"
#include "kernels/window_batch-inl.h"

namespace quadrille::isa {

const KernelTable QUADRILLE_ISA_TABLE = {
    .name = QUADRILLE_ISA_NAME,
    .float_lanes = static_cast<int>(Batch<float, QUADRILLE_ISA_ARCH>::size),
    .integrate = {.axpy = QUADRILLE_ISA_NAMESPACE::axpy<QUADRILLE_ISA_ARCH>},
    .morton = {.encode = QUADRILLE_ISA_NAMESPACE::encode_morton<QUADRILLE_ISA_ARCH>,
               .min_max = QUADRILLE_ISA_NAMESPACE::min_max<QUADRILLE_ISA_ARCH>},
    .query = {.nearest = QUADRILLE_ISA_NAMESPACE::query::nearest<QUADRILLE_ISA_ARCH>,
              .boxes = QUADRILLE_ISA_NAMESPACE::query::boxes<QUADRILLE_ISA_ARCH>,
              .discs = QUADRILLE_ISA_NAMESPACE::query::discs<QUADRILLE_ISA_ARCH>},
    .broad_phase = {.grid_cells = QUADRILLE_ISA_NAMESPACE::grid_cells<QUADRILLE_ISA_ARCH>,
                    .stage_overlaps = QUADRILLE_ISA_NAMESPACE::stage_overlaps<QUADRILLE_ISA_ARCH>,
                    .fill_overlaps = QUADRILLE_ISA_NAMESPACE::fill_overlaps<QUADRILLE_ISA_ARCH>},
    .contacts = {.wide = QUADRILLE_ISA_NAMESPACE::contact_solver::bodies<QUADRILLE_ISA_ARCH>(),
                 .serial = QUADRILLE_ISA_NAMESPACE::contact_solver::bodies<Scalar>()},
    .barnes_hut = {.accumulate = QUADRILLE_ISA_NAMESPACE::accumulate<QUADRILLE_ISA_ARCH>},
    .fields = QUADRILLE_ISA_NAMESPACE::field_table<QUADRILLE_ISA_ARCH>(),
    .bfs = {.expand_alone = QUADRILLE_ISA_NAMESPACE::bfs::expand_alone,
            .expand_shared = QUADRILLE_ISA_NAMESPACE::bfs::expand_shared,
            .settle = QUADRILLE_ISA_NAMESPACE::bfs::settle,
            .top_down = QUADRILLE_ISA_NAMESPACE::bfs::top_down,
            .top_down_by_offers = QUADRILLE_ISA_NAMESPACE::bfs::top_down_by_offers,
            .bottom_up = QUADRILLE_ISA_NAMESPACE::bfs::bottom_up,
            .visited = QUADRILLE_ISA_NAMESPACE::bfs::visited,
            .count_arcs = QUADRILLE_ISA_NAMESPACE::bfs::count_arcs},
    .sssp = {.relax_serial = QUADRILLE_ISA_NAMESPACE::sssp::relax<false>,
             .relax = QUADRILLE_ISA_NAMESPACE::sssp::relax<true>,
             .refill = QUADRILLE_ISA_NAMESPACE::sssp::refill,
             .parents = QUADRILLE_ISA_NAMESPACE::sssp::parents,
             .next_distance = QUADRILLE_ISA_NAMESPACE::sssp::next_distance},
    .path_search = {.relax_serial = QUADRILLE_ISA_NAMESPACE::path_search::relax<false>,
                    .relax = QUADRILLE_ISA_NAMESPACE::path_search::relax<true>,
                    .relax_own_serial = QUADRILLE_ISA_NAMESPACE::path_search::relax_own<false>,
                    .relax_own = QUADRILLE_ISA_NAMESPACE::path_search::relax_own<true>,
                    .refill = QUADRILLE_ISA_NAMESPACE::path_search::refill,
                    .least = QUADRILLE_ISA_NAMESPACE::path_search::least,
                    .write = QUADRILLE_ISA_NAMESPACE::path_search::write},
    .components = {.hook_lowest = QUADRILLE_ISA_NAMESPACE::components::hook_lowest,
                   .hook_minima = QUADRILLE_ISA_NAMESPACE::components::hook_minima,
                   .hook_others = QUADRILLE_ISA_NAMESPACE::components::hook_others,
                   .sweep = QUADRILLE_ISA_NAMESPACE::components::sweep,
                   .join = QUADRILLE_ISA_NAMESPACE::components::join,
                   .settle = QUADRILLE_ISA_NAMESPACE::components::settle,
                   .relabel = QUADRILLE_ISA_NAMESPACE::components::relabel<QUADRILLE_ISA_ARCH>},
    .labels = {.propagate = QUADRILLE_ISA_NAMESPACE::labels::propagate<QUADRILLE_ISA_ARCH>},
    .pagerank = {.pull = QUADRILLE_ISA_NAMESPACE::pagerank::pull<false>,
                 .pull_short_lists = QUADRILLE_ISA_NAMESPACE::pagerank::pull<true>,
                 .scale = QUADRILLE_ISA_NAMESPACE::pagerank::scale<QUADRILLE_ISA_ARCH>},
};

}  // namespace quadrille::isa
