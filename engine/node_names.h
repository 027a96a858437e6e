// What a name of a node must be, for who reads one and who checks an image of them.
#pragma once

#include <string_view>

#include <quadrille/node_names.h>

namespace quadrille {

// Why a text is no name of a node, as the end of a sentence: "is longer than 1024 bytes". Null: it
// is one.
const char* find_name_fault(std::string_view text);

// Whether names from `begin` to `end` are as NodeNames promises, the one before `begin` included in
// the order. They may be any bytes.
bool are_names(const NodeNames& names, NodeID begin, NodeID end);

}  // namespace quadrille
