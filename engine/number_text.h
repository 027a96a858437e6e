// Numbers as a sentence shows them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace quadrille {

// The shortest text that reads back as the same number, as people write it: 1.3, 1e16, 1e-6, inf.
std::string number_text(float value);
std::string number_text(double value);

// "node" for 1, "nodes" for any other count; "body", "bodies".
std::string noun_for(std::int64_t count, std::string_view one);
// With the count before it: "1 node".
std::string counted(std::int64_t count, std::string_view one);

}  // namespace quadrille
