#include "bench/products.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/precisions.hpp"

namespace hourglass::bench {
namespace {

using base::Json;
using results::Field;

Field share(std::optional<double> rate, const std::optional<Peak>& peak) {
  return rate && peak ? Field{100 * *rate / peak->rate()} : Field{};
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

}  // namespace

results::Table products_table(const std::vector<Products>& products) {
  results::Table table{{{"precision", "precision", 5, false},
                        {"threads", "threads"},
                        {"Hourglass", "hourglass", 4},
                        {"PyTorch", "pytorch", 4},
                        {"theoretical peak", "peak", 4},
                        {"Hourglass % of peak", "hourglass_percent", 3},
                        {"PyTorch % of peak", "pytorch_percent", 3}},
                       {}};
  for (const auto& row : products) {
    const auto theirs = row.pytorch ? std::optional(row.pytorch->rate) : std::nullopt;
    table.rows.push_back({name_of(row.precision), std::int64_t{row.threads},
                          row.rate ? Field{*row.rate / 1e9} : Field{}, theirs ? Field{*theirs / 1e9} : Field{},
                          row.peak ? Field{row.peak->rate() / 1e9} : Field{}, share(row.rate, row.peak),
                          share(theirs, row.peak)});
  }
  return table;
}

std::vector<std::string> circumstances_of(const std::vector<Products>& products, const Variables& variables) {
  std::vector<std::string> lines;
  bool pytorch = false;
  for (const auto& row : products) {
    if (!row.peak) continue;
    lines.push_back(fmt::format("theoretical peak of {}: {} = {:.1f} GF/s", name_of(row.precision), row.peak->formula(),
                                row.peak->rate() / 1e9));
  }
  for (const auto& row : products) {
    if (row.pytorch && !pytorch) lines.push_back(row.pytorch->backend.sentence());
    pytorch = pytorch || row.pytorch;
  }
  if (pytorch && !variables.cleared.empty()) {
    lines.push_back(fmt::format("cleared for PyTorch: {}", fmt::join(variables.cleared, " ")));
  }
  if (!variables.kept.empty()) {
    lines.push_back(fmt::format("in effect for Hourglass: {}", fmt::join(variables.kept, " ")));
  }
  return lines;
}

void add_products(Json& object, const Products& products, const Variables& variables) {
  object["theoretical_peak"] = nullptr;
  if (const auto& peak = products.peak) {
    object["theoretical_peak"] =
        Json{{"gflops", peak->rate() / 1e9}, {"cores", peak->cores}, {"clock_hz", peak->clock},
             {"clock_source", "measured"},   {"lanes", peak->lanes}, {"fma_units", peak->units}};
  }
  object["pytorch_product_gflops"] = products.pytorch ? Json(products.pytorch->rate / 1e9) : Json(nullptr);
  const auto backend = products.pytorch ? products.pytorch->backend : PyTorchBackend{};
  object["pytorch_version"] = text_or_null(backend.version);
  object["pytorch_python"] = text_or_null(backend.python);
  object["pytorch_blas"] = text_or_null(backend.blas);
  object["pytorch_blas_library"] = text_or_null(backend.library);
  object["pytorch_blas_link"] = text_or_null(backend.link);
  object["pytorch_blas_kernel"] = text_or_null(backend.kernel);
  object["pytorch_onednn"] = text_or_null(backend.onednn);
  object["pytorch_vectors"] = text_or_null(backend.vectors);
  object["pytorch_threads"] = products.pytorch ? Json(backend.threads) : Json(nullptr);
  object["pytorch_threads_used"] = products.pytorch ? Json(backend.threads_used) : Json(nullptr);
  object["cleared_variables"] = Json(variables.cleared);
  object["kept_variables"] = Json(variables.kept);
}

}  // namespace hourglass::bench
