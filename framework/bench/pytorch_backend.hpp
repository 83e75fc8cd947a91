// The libraries with which PyTorch computes, and whether a comparison with it says anything.
#pragma once

#include <optional>
#include <string>

#include "base/json.hpp"

namespace hourglass::bench {

/// What a process of PyTorch says about itself, and what is mapped into it.
struct PyTorchBackend {
  std::string python;   ///< "/usr/bin/python3"
  std::string version;  ///< "1.13.0a0"
  /// "OpenBLAS 0.3.21", "MKL 2020.0.0", "BLIS", "ATLAS", "FlexiBLAS", "reference BLAS" or "unknown BLAS".
  std::string blas;
  std::string library;   ///< the file that contains the BLAS; "" if it is part of PyTorch or unknown
  std::string link;      ///< Debian's choice: "/etc/alternatives/libblas.so.3-... -> FILE"; "" if there is none
  std::string kernel;    ///< the kernels that OpenBLAS chose, "Zen"; "" for others, which do not tell
  std::string onednn;    ///< the version of oneDNN in PyTorch; "" if it has none
  std::string vectors;   ///< the instruction set of PyTorch's own loops, "AVX2"; "" if unknown
  int threads = 1;       ///< that it was told to use
  int threads_used = 1;  ///< that worked during the products

  bool on_reference_blas() const;
  std::string sentence() const;  ///< all of the above on one line, for people
};

/// The fastest of PyTorch's products, as measured by pytorch_products.py.
struct PyTorchProducts {
  PyTorchBackend backend;
  double rate = 0;  ///< operations per second
};

/// Reads the output of pytorch_products.py; throws JsonError if it is something else.
PyTorchProducts products_of(const base::Json& output);

/// Returns why times of PyTorch must not be compared with ours; "" if they may be: its BLAS is the reference BLAS, its
/// products could not be measured, or they reach less than a third of `our_rate` (operations per second; nothing: not
/// measured).
std::string reason_against_ratio(const std::optional<PyTorchProducts>& pytorch, std::optional<double> our_rate);

}  // namespace hourglass::bench
