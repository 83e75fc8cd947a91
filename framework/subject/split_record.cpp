// Writes the splits of a run as JSON.
#include "subject/split_record.hpp"

#include <fmt/format.h>

#include <vector>

namespace hourglass::subject {

std::string row_text(std::span<const std::int64_t> rows) {
  std::string text;
  for (std::size_t first = 0, last = 0; first < rows.size(); first = ++last) {
    while (last + 1 < rows.size() && rows[last + 1] == rows[last] + 1) ++last;
    if (!text.empty()) text += ',';
    text += last == first ? fmt::format("{}", rows[first]) : fmt::format("{}-{}", rows[first], rows[last]);
  }
  return text;
}

base::Json split_record(const Data& data) {
  base::Json json = base::Json::object();
  for (const auto split : {Split::train, Split::validation, Split::test}) {
    const auto& part = data.part(split);
    if (part.size == 0) continue;
    json[std::string(to_string(split))] =
        base::Json{{"images", part.size},
                   {"from", std::string(to_string(part.noise))},
                   {"rows", part.rows.empty() ? std::string("all") : row_text(part.rows)}};
  }
  if (const auto& normalisation = data.normalisation(); !normalisation.is_identity()) {
    const auto numbers = [](std::span<const float> values) {
      return std::vector<double>(values.begin(), values.end());
    };
    json["normalisation"] =
        base::Json{{"shift", numbers(normalisation.shift())}, {"factor", numbers(normalisation.factor())}};
  }
  return json;
}

}  // namespace hourglass::subject
