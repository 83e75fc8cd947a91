// Operations whose kernels are still to come.
#include <stdexcept>

#include "compute/ops/registration.hpp"

namespace hourglass::compute {

#define PENDING(X)                                       \
  template <>                                            \
  std::unique_ptr<Rules> make_rules(const op::X&) {      \
    throw std::invalid_argument(#X " is not built yet"); \
  }
PENDING(Pool2d)
PENDING(Resize2d)
PENDING(BatchNorm)
PENDING(LayerNorm)
PENDING(GroupNorm)
PENDING(Softmax)
PENDING(SampleGaussian)
PENDING(StopGradient)
PENDING(StraightThrough)
PENDING(Nearest)
PENDING(Gather)
PENDING(Transpose)
PENDING(Concat)
PENDING(Slice)
PENDING(Reduce)
#undef PENDING

}  // namespace hourglass::compute
