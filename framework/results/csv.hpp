// Comma-separated values according to RFC 4180, but with LF line endings.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass::results {

/// Returns a field as it is written to a file: in quotes if it contains a comma, a quote or a line break.
std::string csv_field(std::string_view text);

/// Returns one line of fields, with its newline.
std::string csv_record(const std::vector<std::string>& fields);

/// Writes a file with a header record and one record for each row. Throws UserError if it cannot be written.
void write_csv(const std::filesystem::path& file, const std::vector<std::string>& columns,
               const std::vector<std::vector<std::string>>& rows);

/// Splits the text of a file into records; returns nothing if a quoted field or the last line is incomplete.
std::optional<std::vector<std::vector<std::string>>> parse_csv(std::string_view text);

}  // namespace hourglass::results
