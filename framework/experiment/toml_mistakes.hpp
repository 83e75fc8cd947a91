// Explains syntax errors of TOML text and repairs those that are unambiguous. Offsets count bytes from 0, lines and
// columns characters from 1.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass::experiment {

/// One syntax error: its message and, if the correction is unambiguous, the repaired text.
struct Mistake {
  std::string sentence;
  std::optional<std::string> repaired;
  std::optional<std::size_t> at = {};      ///< where the mistake begins, if the parser stopped elsewhere
  std::vector<std::size_t> inserted = {};  ///< characters of `repaired` that the text lacks, counted from `at`
};

/// Returns the mistake at which the parser stopped, at a line and column and with its description.
Mistake diagnose(std::string_view text, int line, int column, std::string_view description);

/// Diagnoses a string in curly quotes, as word processors write them; `at` is the first of them.
std::optional<Mistake> curly_quotes(std::string_view text, std::size_t at);
/// Returns the curly quote with which `text` starts; "" if it starts with another character.
std::string_view curly_quote(std::string_view text);

/// Reads a decimal number as people write it, also as `.5`, `1.`, `+.5`, `1e-3.`; nothing if the text is none or is not
/// finite.
std::optional<double> number_in(std::string_view text);

/// Returns the offset of a column; bytes that are not UTF-8 count as one character each.
std::size_t offset_of(std::string_view text, int line, int column);
/// The inverse of offset_of().
int column_of(std::string_view text, int line, std::size_t at);

}  // namespace hourglass::experiment
