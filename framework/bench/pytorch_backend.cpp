#include "bench/pytorch_backend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string_view>

namespace hourglass::bench {
namespace {

using base::Json;

constexpr const char* kReference = "reference BLAS";
constexpr double kSmallestShare = 1.0 / 3;

/// Returns what follows `before` in a text, up to one of the characters `end`; "" if it is not there.
std::string text_after(const std::string& text, std::string_view before, const char* end) {
  const auto found = text.find(before);
  if (found == std::string::npos) return "";
  const auto start = found + before.size();
  return text.substr(start, text.find_first_of(end, start) - start);
}

/// Python packages such as NumPy bring a BLAS of their own, which PyTorch does not use.
bool is_of_another_package(const std::string& path) {
  return path.find("/numpy") != std::string::npos || path.find("/scipy") != std::string::npos;
}

/// Reads "OpenBLAS 0.3.21" from "OpenBLAS 0.3.21 DYNAMIC_ARCH Zen MAX_THREADS=64".
std::string name_in(const std::string& openblas_config) {
  const auto space = openblas_config.find(' ');
  return openblas_config.substr(0, openblas_config.find(' ', space + 1));
}

/// Recognises a library by what it says about itself, or else by its path: a BLAS other than the reference one replaces
/// `libblas.so.3` from a folder with its name.
bool identify(const Json& library, PyTorchBackend& backend) {
  const auto& path = library.at("path").to_text();
  if (is_of_another_package(path)) return false;
  backend.library = path;
  if (const auto& openblas = library.at("openblas"); !openblas.is_null()) {
    backend.blas = name_in(openblas.at("config").to_text());
    backend.kernel = openblas.at("kernel").to_text();
    return true;
  }
  constexpr std::pair<const char*, const char*> kNames[] = {
      {"flexiblas", "FlexiBLAS"}, {"mkl", "MKL"}, {"blis", "BLIS"}, {"atlas", "ATLAS"}, {"libblas.so", kReference}};
  for (const auto& [part, name] : kNames) {
    if (path.find(part) == std::string::npos) continue;
    backend.blas = name;
    return true;
  }
  backend.library.clear();
  return false;
}

/// PyTorch calls the products of `libblas.so.3` if it is loaded, even if LAPACK brings another BLAS into the process.
void find_mapped(const Json& libraries, PyTorchBackend& backend) {
  for (const bool libblas : {true, false}) {
    for (const auto& library : libraries.elements()) {
      if ((library.at("path").to_text().find("/libblas.so") != std::string::npos) != libblas) continue;
      if (identify(library, backend)) return;
    }
  }
}

void find_blas(const Json& libraries, const std::string& config, PyTorchBackend& backend) {
  if (text_after(config, "BLAS_INFO=", ",\n") == "mkl") {
    const auto version = text_after(config, "Kernel Library Version ", "- \n");
    backend.blas = version.empty() ? "MKL" : "MKL " + version;
    return;
  }
  find_mapped(libraries, backend);
  if (backend.blas.empty()) backend.blas = "unknown BLAS";
}

}  // namespace

bool PyTorchBackend::on_reference_blas() const { return blas == kReference; }

std::string PyTorchBackend::sentence() const {
  auto text = fmt::format("PyTorch {} ({}), {}", version, python, blas);
  if (!library.empty()) text += fmt::format(" ({})", library);
  if (!kernel.empty()) text += fmt::format(", kernels for {}", kernel);
  if (!onednn.empty()) text += fmt::format(", oneDNN {}", onednn);
  if (!vectors.empty()) text += fmt::format(", own loops for {}", vectors);
  text += fmt::format(", {} of {} thread{} used", threads_used, threads, threads == 1 ? "" : "s");
  return link.empty() ? text : fmt::format("{}; {}", text, link);
}

PyTorchProducts products_of(const Json& output) {
  const auto& config = output.at("config").to_text();
  PyTorchBackend backend{.python = output.at("python").to_text(),
                         .version = output.at("version").to_text(),
                         .blas = {},
                         .library = {},
                         .link = {},
                         .kernel = {},
                         .onednn = text_after(config, "MKL-DNN v", " \n"),
                         .vectors = text_after(config, "CPU capability usage: ", "\n"),
                         .threads = static_cast<int>(output.at("threads").to_whole()),
                         .threads_used = static_cast<int>(output.at("threads_used").to_whole())};
  find_blas(output.at("libraries"), config, backend);
  for (const auto& [link, target] : output.at("alternatives").members()) {
    backend.link = fmt::format("{} -> {}", link, target.to_text());
  }
  return {.backend = std::move(backend), .rate = output.at("rate").to_number()};
}

std::string reason_against_ratio(const std::optional<PyTorchProducts>& pytorch, std::optional<double> our_rate) {
  if (!pytorch) return "PyTorch's matrix products could not be measured";
  const auto& backend = pytorch->backend;
  if (backend.on_reference_blas()) {
    return fmt::format(
        "PyTorch runs on the reference BLAS ({}), whose products reach {:.1f} GF/s; install an optimised one, on "
        "Debian `apt-get install libopenblas0-pthread`, or select it with `update-alternatives`",
        backend.library, pytorch->rate / 1e9);
  }
  if (our_rate && pytorch->rate < kSmallestShare * *our_rate) {
    return fmt::format(
        "PyTorch's matrix products reach {:.1f} GF/s, less than a third of Hourglass's {:.1f} GF/s; its {}{} does not "
        "use this processor",
        pytorch->rate / 1e9, *our_rate / 1e9, backend.blas,
        backend.kernel.empty() ? "" : fmt::format(" with kernels for {}", backend.kernel));
  }
  return "";
}

}  // namespace hourglass::bench
