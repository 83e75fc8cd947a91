// Operations whose kernels are still to come.
#include <stdexcept>

#include "compute/ops/registration.hpp"

namespace hourglass::compute {

#define PENDING(X)                                       \
  template <>                                            \
  std::unique_ptr<Rules> make_rules(const op::X&) {      \
    throw std::invalid_argument(#X " is not built yet"); \
  }
PENDING(Nearest)
PENDING(Gather)
PENDING(Transpose)
#undef PENDING

}  // namespace hourglass::compute
