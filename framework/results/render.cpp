// Renders tables as CSV and JSON, and selects the format.
#include "results/render.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/suggest.hpp"
#include "results/csv.hpp"
#include "results/json_file.hpp"
#include "results/number.hpp"
#include "results/text_table.hpp"

namespace hourglass::results {
namespace {

// Returns which columns contain a Spread: these have three keys in every row, so that all rows have the same keys.
std::vector<bool> spread_columns(const Table& table) {
  std::vector<bool> spread(table.columns.size(), false);
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) spread[i] = spread[i] || std::holds_alternative<Spread>(row[i]);
  }
  return spread;
}

Json json_cell(const Field& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return *whole;
  if (const auto* number = std::get_if<double>(&cell)) return json_number(*number);
  if (const auto* spread = std::get_if<Spread>(&cell)) return json_number(spread->mean);
  return nullptr;
}

std::string render_json(const Table& table) {
  const auto spread = spread_columns(table);
  auto rows = Json::array();
  for (const auto& row : table.rows) {
    auto object = Json::object();
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto& key = table.columns[i].key;
      object[key] = json_cell(row[i]);
      if (!spread[i]) continue;
      const auto* cell = std::get_if<Spread>(&row[i]);
      object[key + "_std"] = cell && cell->count > 1 ? json_number(cell->deviation) : Json(nullptr);
      object[key + "_n"] = cell ? Json(cell->count) : Json(nullptr);
    }
    rows.push_back(std::move(object));
  }
  return json_text(rows);
}

std::string csv_cell(const Field& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return std::to_string(*whole);
  if (const auto* number = std::get_if<double>(&cell)) return number_text(*number);
  if (const auto* spread = std::get_if<Spread>(&cell)) return number_text(spread->mean);
  return "";
}

std::string render_csv(const Table& table) {
  const auto spread = spread_columns(table);
  std::vector<std::string> header;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const auto& key = table.columns[i].key;
    header.push_back(key);
    if (spread[i]) header.insert(header.end(), {key + "_std", key + "_n"});
  }
  auto text = csv_record(header);
  for (const auto& row : table.rows) {
    std::vector<std::string> fields;
    for (std::size_t i = 0; i < row.size(); ++i) {
      fields.push_back(csv_cell(row[i]));
      if (!spread[i]) continue;
      const auto* cell = std::get_if<Spread>(&row[i]);
      fields.push_back(cell && cell->count > 1 ? number_text(cell->deviation) : "");
      fields.push_back(cell ? std::to_string(cell->count) : "");
    }
    text += csv_record(fields);
  }
  return text;
}

}  // namespace

Format format_of(const std::string& name) {
  const std::vector<std::string> names = {"table", "csv", "md", "json"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (name == names[i]) return static_cast<Format>(i);
  }
  throw base::UserError(fmt::format("unknown format '{}': expected one of {}{}", name, fmt::join(names, ", "),
                                    base::did_you_mean(name, names)));
}

std::string render(const Table& table, Format format) {
  switch (format) {
    case Format::csv: return render_csv(table);
    case Format::json: return render_json(table);
    case Format::md: return render_markdown(table);
    default: return render_terminal(table);
  }
}

}  // namespace hourglass::results
