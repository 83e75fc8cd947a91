// Environment variables that change how fast a numerical library computes.
#pragma once

#include <string>
#include <vector>

namespace hourglass::bench {

/// Variables of this program's environment, each as "NAME=value".
struct Variables {
  /// Those that select kernels or limit threads: kVariablePrefixes and ATEN_CPU_CAPABILITY. PyTorch runs without them.
  std::vector<std::string> cleared;
  /// Those of them that act on Hourglass as well, which keeps them, as every `hourglass run` does: oneDNN's and
  /// OpenMP's.
  std::vector<std::string> kept;
};

/// What the names of such variables start with, by library.
inline constexpr const char* kVariablePrefixes[] = {"OPENBLAS_", "GOTO_", "BLIS_", "MKL_", "ONEDNN_",
                                                    "DNNL_",     "OMP_",  "GOMP_", "KMP_"};

/// Selects from an environment whose entries are "NAME=value", in its order.
Variables select_variables(const std::vector<std::string>& environment);

/// The same for the environment of this process.
Variables own_variables();

}  // namespace hourglass::bench
