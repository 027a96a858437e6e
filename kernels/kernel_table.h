// KernelTable: the inner loops of every kernel, one function pointer each, one table an instruction
// set.
//
// A kernel has two halves. Its *body* (x-inl.h) is a template over the architecture, sees only
// plain pointers and sizes, works on one chunk, and is compiled once per instruction set. Its
// *driver* (x.h, x.cpp) cuts the work into chunks, owns scratch memory and threads, and calls the
// body through this table: the outer loop dispatches, never the inner. Bodies differ in speed,
// never in bytes.
#pragma once

#include <quadrille/field_operators.h>

#include "kernels/barnes_hut_body.h"
#include "kernels/bfs_body.h"
#include "kernels/broad_phase_body.h"
#include "kernels/components_body.h"
#include "kernels/contact_solver_body.h"
#include "kernels/integrate_body.h"
#include "kernels/labels_body.h"
#include "kernels/morton_body.h"
#include "kernels/pagerank_body.h"
#include "kernels/path_search_body.h"
#include "kernels/query_body.h"
#include "kernels/sssp_body.h"

namespace quadrille {

struct KernelTable {
  const char* name;  // as --isa takes it
  int float_lanes;   // floats in a register
  IntegrateBodies integrate;
  MortonBodies morton;
  QueryBodies query;
  BroadPhaseBodies broad_phase;
  ContactSolverTable contacts;
  BarnesHutBodies barnes_hut;
  FieldTable fields;
  BfsBodies bfs;
  SsspBodies sssp;
  PathBodies path_search;
  ComponentsBodies components;
  LabelsBodies labels;
  PageRankBodies pagerank;
};

}  // namespace quadrille
