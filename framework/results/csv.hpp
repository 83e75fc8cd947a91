// Comma-separated values after RFC 4180, with bare newlines as line ends.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass::results {

/// Returns a field as it stands in a file: in quotes when it holds a comma, a quote or a line break.
std::string csv_field(std::string_view text);

/// Returns one line of fields, with its newline.
std::string csv_record(const std::vector<std::string>& fields);

/// Writes a file of one record of names and one for each row. Throws UserError when it cannot be written.
void write_csv(const std::filesystem::path& file, const std::vector<std::string>& columns,
               const std::vector<std::vector<std::string>>& rows);

/// Splits a file into its records; nothing when a quoted field or the last line does not end.
std::optional<std::vector<std::vector<std::string>>> parse_csv(std::string_view text);

}  // namespace hourglass::results
