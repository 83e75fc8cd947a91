#include "bench/report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/wrap.hpp"
#include "bench/breakdown.hpp"
#include "bench/precisions.hpp"
#include "results/json_file.hpp"
#include "results/render.hpp"

namespace hourglass::bench {
namespace {

using base::Json;
using results::Field;
using results::Table;

constexpr std::size_t kPageColumns = 120;
constexpr const char* kStepRate =
    "3 x 2 operations for every use of a parameter by an image, skipped zeros included, divided by the step's time";
constexpr const char* kOperationRate =
    "multiplications and additions that the kernel of a product or convolution performs, divided by its time";

double gflops(const Row& row) { return row.ours.flops / row.milliseconds() / 1e6; }

std::string reason_against_ratio(const Row& row) {
  if (!row.pytorch && !row.products.pytorch) return "";
  return reason_against_ratio(row.products.pytorch, row.products.rate);
}

std::optional<double> ratio(const Row& row) {
  if (!row.pytorch || !reason_against_ratio(row).empty()) return std::nullopt;
  return row.pytorch->milliseconds / row.milliseconds();
}

/// The share of the step's time that its arithmetic would take at the rate of the fastest product.
std::optional<double> ceiling_share(const Row& row) {
  if (!row.products.rate) return std::nullopt;
  return gflops(row) * 1e9 / *row.products.rate;
}

Field cell(const std::optional<double>& value) { return value ? Field{*value} : Field{}; }
Json json(const std::optional<double>& value) { return value ? results::json_number(*value) : Json(nullptr); }

/// Removes the columns that are empty in every row.
Table without_empty_columns(const Table& table) {
  Table kept{{}, std::vector<std::vector<Field>>(table.rows.size())};
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const auto is_empty = [&](const std::vector<Field>& row) { return std::holds_alternative<std::monostate>(row[i]); };
    if (std::ranges::all_of(table.rows, is_empty)) continue;
    kept.columns.push_back(table.columns[i]);
    for (std::size_t row = 0; row < table.rows.size(); ++row) kept.rows[row].push_back(table.rows[row][i]);
  }
  return kept;
}

Table comparison(const std::vector<Row>& rows) {
  Table table{{{"network", "network", 5, false},
               {"threads", "threads"},
               {"precision", "precision", 5, false},
               {"ms/step", "ms_per_step", 4},
               {"PyTorch ms", "pytorch_ms_per_step", 4},
               {"PyTorch setting", "pytorch_setting", 5, false},
               {"ratio", "ratio", 3},
               {"step GF/s", "gflops", 3},
               {"% of ceiling", "ceiling_share", 3},
               {"MiB", "peak_mib", 3},
               {"PyTorch MiB", "pytorch_peak_mib", 3}},
              {}};
  for (const auto& row : rows) {
    const auto share = ceiling_share(row);
    table.rows.push_back({row.network.name, std::int64_t{row.products.threads}, name_of(row.products.precision),
                          row.milliseconds(), row.pytorch ? Field{row.pytorch->milliseconds} : Field{},
                          row.pytorch ? Field{row.pytorch->setting} : Field{}, cell(ratio(row)), gflops(row),
                          share ? Field{100 * *share} : Field{}, row.ours.peak_mib,
                          row.pytorch ? Field{row.pytorch->peak_mib} : Field{}});
  }
  return without_empty_columns(table);
}

Table parts(const std::vector<Row>& rows) {
  Table table{{{"network", "network", 5, false}, {"precision", "precision", 5, false}}, {}};
  for (const auto& part : breakdown_of(rows.front().ours.profile)) table.columns.push_back({part.name, part.name, 3});
  for (const auto& row : rows) {
    std::vector<Field> cells = {row.network.name, name_of(row.products.precision)};
    for (const auto& part : breakdown_of(row.ours.profile)) cells.emplace_back(part.milliseconds);
    table.rows.push_back(std::move(cells));
  }
  return table;
}

Field rate(double flops, double seconds) { return flops > 0 && seconds > 0 ? Field{flops / seconds / 1e9} : Field{}; }

Table operations(const Row& row) {
  Table table{{{"operation", "operation", 5, false},
               {"forward ms", "forward_ms", 3},
               {"forward GF/s", "forward_gflops", 3},
               {"backward ms", "backward_ms", 3},
               {"backward GF/s", "backward_gflops", 3},
               {"% of step", "percent", 3}},
              {}};
  for (const auto& cost : row.ours.operations) {
    const double milliseconds = (cost.forward_seconds + cost.backward_seconds) * 1e3;
    table.rows.push_back({cost.name, cost.forward_seconds * 1e3, rate(cost.forward_flops, cost.forward_seconds),
                          cost.backward_seconds * 1e3, rate(cost.backward_flops, cost.backward_seconds),
                          100 * milliseconds / row.milliseconds()});
  }
  return without_empty_columns(table);
}

Json object(const Row& row, const Variables& variables) {
  const auto reason = reason_against_ratio(row);
  Json object = {
      {"network", row.network.name},
      {"threads", row.products.threads},
      {"precision", name_of(row.products.precision)},
      {"batch", row.network.batch},
      {"parameters", row.ours.parameters},
      {"ms_per_step", row.milliseconds()},
      {"images_per_s", static_cast<double>(row.network.batch) / row.milliseconds() * 1e3},
      {"pytorch_ms_per_step", row.pytorch ? Json(row.pytorch->milliseconds) : Json(nullptr)},
      {"pytorch_setting", row.pytorch ? Json(row.pytorch->setting) : Json(nullptr)},
      {"ratio", json(ratio(row))},
      {"no_ratio", reason.empty() ? Json(nullptr) : Json(reason)},
      {"gflop_per_step", row.ours.flops / 1e9},
      {"gflops", gflops(row)},
      {"ceiling_gflops", row.products.rate ? Json(*row.products.rate / 1e9) : Json(nullptr)},
      {"ceiling_ms_per_step", row.products.rate ? Json(row.ours.flops / *row.products.rate * 1e3) : Json(nullptr)},
      {"ceiling_share", json(ceiling_share(row))},
      {"peak_mib", row.ours.peak_mib},
      {"pytorch_peak_mib", row.pytorch ? Json(row.pytorch->peak_mib) : Json(nullptr)}};
  add_products(object, row.products, variables);
  for (const auto& part : breakdown_of(row.ours.profile)) object["split_ms"][part.name] = part.milliseconds;
  for (const auto& cost : row.ours.operations) {
    object["operations"].push_back(Json{{"name", cost.name},
                                        {"forward_ms", cost.forward_seconds * 1e3},
                                        {"backward_ms", cost.backward_seconds * 1e3},
                                        {"forward_gflop", cost.forward_flops / 1e9},
                                        {"backward_gflop", cost.backward_flops / 1e9}});
  }
  return object;
}

/// Returns the products of each number format once, in the order of the rows.
std::vector<Products> distinct_products(const std::vector<Row>& rows) {
  std::vector<Products> distinct;
  for (const auto& row : rows) {
    const auto is_same = [&](const Products& other) { return other.precision == row.products.precision; };
    if (std::ranges::none_of(distinct, is_same)) distinct.push_back(row.products);
  }
  return distinct;
}

/// Returns a line for each reason why rows have no ratio.
std::vector<std::string> reasons(const std::vector<Row>& rows) {
  std::vector<std::string> lines;
  for (const auto& row : rows) {
    const auto reason = reason_against_ratio(row);
    if (reason.empty()) continue;
    auto line = fmt::format("no ratio for {}: {}", name_of(row.products.precision), reason);
    if (std::ranges::find(lines, line) == lines.end()) lines.push_back(std::move(line));
  }
  return lines;
}

/// Renders sentences: for people one a line, in Markdown as a wrapped list below an empty line.
std::string sentences(const std::vector<std::string>& lines, bool markdown) {
  if (lines.empty()) return "";
  if (!markdown) return fmt::format("{}\n", fmt::join(lines, "\n"));
  std::string text = "\n";
  for (const auto& line : lines) text += "- " + base::wrapped(line, kPageColumns, "  ").substr(2) + "\n";
  return text;
}

}  // namespace

std::string render_rows(const std::vector<Row>& rows, const Variables& variables, results::Format format) {
  if (format == results::Format::json) {
    auto list = Json::array();
    for (const auto& row : rows) list.push_back(object(row, variables));
    return results::json_text(list);
  }
  if (rows.empty()) return "";
  const bool markdown = format == results::Format::md;
  auto text = results::render(comparison(rows), format);
  text += fmt::format("{}step GF/s: {}\n", markdown ? "\n" : "", kStepRate);
  text += sentences(reasons(rows), markdown);
  const auto products = distinct_products(rows);
  text += fmt::format("\n{}matrix products, GF/s\n{}{}", markdown ? "## " : "", markdown ? "\n" : "",
                      results::render(without_empty_columns(products_table(products)), format));
  text += sentences(circumstances_of(products, variables), markdown);
  text += fmt::format("\n{}parts of a step, ms\n{}{}", markdown ? "## " : "", markdown ? "\n" : "",
                      results::render(parts(rows), format));
  for (const auto& row : rows) {
    if (row.ours.operations.empty()) continue;
    text +=
        fmt::format("\n{}operations of {}, {}\n{}{}", markdown ? "## " : "", row.network.name,
                    name_of(row.products.precision), markdown ? "\n" : "", results::render(operations(row), format));
    text += fmt::format("{}forward and backward GF/s: {}\n", markdown ? "\n" : "", kOperationRate);
  }
  return text;
}

std::string render_page(const std::vector<Row>& rows, const Variables& variables, const Circumstances& circumstances) {
  return fmt::format(
      "# Training steps compared with PyTorch and the hardware\n\n"
      "- machine: {}\n- versions: {}\n- date: {}\n- command: `{}`\n\n"
      "A step of Hourglass is what `hourglass run` does for each batch: gather 8-bit pixels in random order, convert "
      "them,\nforward, loss, backward, Adam. PyTorch's batch is already in memory as floats, and the fastest of its "
      "settings is shown.\nBoth times are the best of several repetitions, which alternate. *ratio* is PyTorch's time "
      "divided by ours. The\n*ceiling* is the time that the arithmetic of the step would take at the rate of the "
      "fastest matrix product that oneDNN\nreached in this run. *MiB* is the process's peak memory. `bench.json` "
      "contains the same figures with all digits.\n\n{}",
      circumstances.machine, circumstances.versions, circumstances.date, circumstances.command,
      render_rows(rows, variables, results::Format::md));
}

}  // namespace hourglass::bench
