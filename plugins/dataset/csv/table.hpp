// Reads tables of numbers from text files with one sample a line.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "hourglass/dataset.hpp"

namespace hourglass::csv {

struct Options {
  char delimiter = ',';
  bool header = true;  ///< the first line names the columns
  std::string label;   ///< name or number, from 0 on, of the column of labels; empty: none
};

struct Table {
  std::int64_t rows = 0, columns = 0;  ///< without the column of labels
  std::vector<float> values;           ///< [rows, columns], finite
  std::vector<std::string> labels;     ///< [rows], or empty
};

/// Parses a file. A field may be quoted; blank lines are skipped. Throws std::runtime_error("file:line:column:
/// problem") for a field that is not a finite number, and for a line with more or fewer fields than the first.
Table parse(const MappedBytes& file, const Options& options);

/// Returns whether a text is an integer of 32 bits, and writes it to `value`.
bool is_integer(const std::string& text, std::int32_t& value);

}  // namespace hourglass::csv
