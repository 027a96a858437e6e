// number_text: a real number as a sentence shows it.
#pragma once

#include <string>

namespace quadrille {

// The shortest text that reads back as the same number, as people write it: 1.3, 1e16, 1e-6, inf.
std::string number_text(float value);
std::string number_text(double value);

}  // namespace quadrille
