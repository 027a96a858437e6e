// ShareOptions: under which name a run shares its frames with other processes.
#pragma once

#include <string>

namespace quadrille {

struct ShareOptions {
  std::string name;   // letters, digits, '.', '-' and '_'; empty: nothing is shared
  std::string title;  // what runs, for who watches; cut to 63 bytes
};

}  // namespace quadrille
