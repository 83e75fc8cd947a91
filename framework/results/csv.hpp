// Comma-separated values after RFC 4180, with bare newlines as line ends.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass::results {

/// Returns a field as it stands in a file: in quotes when it holds a comma, a quote or a line break.
std::string csv_field(std::string_view text);

/// Returns one line of fields, with its newline.
std::string csv_record(const std::vector<std::string>& fields);

/// Splits a file into its records; nothing when a quoted field or the last line does not end.
std::optional<std::vector<std::vector<std::string>>> parse_csv(std::string_view text);

}  // namespace hourglass::results
