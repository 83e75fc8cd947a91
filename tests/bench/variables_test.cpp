// Which variables of the environment are cleared for PyTorch, and which act on Hourglass.
#include "bench/variables.hpp"

#include <doctest/doctest.h>

using namespace hourglass;
using Texts = std::vector<std::string>;

TEST_CASE("variables: those that select kernels or threads are cleared, all others are not") {
  const auto selected = bench::select_variables({"OPENBLAS_CORETYPE=Prescott", "PATH=/bin", "MKL_NUM_THREADS=1",
                                                 "ATEN_CPU_CAPABILITY=default", "GOTO_NUM_THREADS=1", "HOME=/",
                                                 "MY_OMP_NUM_THREADS=1", "ATEN_CPU_CAPABILITY_OF_MINE=1"});
  CHECK(selected.cleared ==
        Texts{"OPENBLAS_CORETYPE=Prescott", "MKL_NUM_THREADS=1", "ATEN_CPU_CAPABILITY=default", "GOTO_NUM_THREADS=1"});
  CHECK(selected.kept == Texts{});
}

TEST_CASE("variables: those of oneDNN and OpenMP act on Hourglass as well") {
  const Texts both = {"ONEDNN_MAX_CPU_ISA=AVX2", "DNNL_MAX_CPU_ISA=AVX2", "OMP_THREAD_LIMIT=1", "GOMP_SPINCOUNT=1"};
  const auto selected = bench::select_variables(both);
  CHECK(selected.cleared == both);
  CHECK(selected.kept == both);
}
