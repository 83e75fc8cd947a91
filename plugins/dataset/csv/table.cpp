// Splits lines into fields and fields into numbers.
#include "table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>
#include <string_view>

namespace hourglass::csv {
namespace {

struct Field {
  std::string text;
  std::int64_t column;  ///< of its first byte, from 1 on
};

/// Reads fields line by line.
class Lines {
 public:
  Lines(const MappedBytes& file, char delimiter)
      : text_(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size()),
        path_(file.path.string()),
        delimiter_(delimiter) {
    if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
  }

  std::int64_t line() const { return line_; }
  [[noreturn]] void fail(std::int64_t column, const std::string& problem) const {
    throw std::runtime_error(path_ + ":" + std::to_string(line_) + ":" + std::to_string(column) + ": " + problem);
  }

  /// Reads the fields of the next line that is not blank; false at the end.
  bool next(std::vector<Field>& fields) {
    while (!text_.empty()) {
      const auto end = std::min(text_.find('\n'), text_.size());
      auto line = text_.substr(0, end);
      text_.remove_prefix(std::min(end + 1, text_.size()));
      ++line_;
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
      split(line, fields);
      return true;
    }
    return false;
  }

 private:
  void split(std::string_view line, std::vector<Field>& fields) const {
    fields.clear();
    for (std::size_t at = 0;; ++at) {
      const auto begin = at;
      Field field{"", static_cast<std::int64_t>(begin) + 1};
      if (at < line.size() && line[at] == '"') {
        for (++at;; ++at) {
          if (at >= line.size()) fail(field.column, "the quoted field does not end on its line");
          if (line[at] != '"') {
            field.text += line[at];
          } else if (at + 1 < line.size() && line[at + 1] == '"') {
            field.text += line[at++];
          } else {
            break;
          }
        }
        ++at;
        if (at < line.size() && line[at] != delimiter_)
          fail(static_cast<std::int64_t>(at) + 1, "expected a delimiter after the quoted field");
      } else {
        at = std::min(line.find(delimiter_, at), line.size());
        auto text = line.substr(begin, at - begin);
        const auto first = std::min(text.find_first_not_of(' '), text.size());
        text.remove_prefix(first);
        while (text.ends_with(' ')) text.remove_suffix(1);
        field.text = text;
      }
      fields.push_back(std::move(field));
      if (at >= line.size()) return;
    }
  }

  std::string_view text_;
  std::string path_;
  char delimiter_;
  std::int64_t line_ = 0;
};

bool is_number(const std::string& text, double& value) {
  const auto* begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const auto* end = text.data() + text.size();
  const auto result = std::from_chars(begin, end, value);
  return result.ec == std::errc() && result.ptr == end;
}

/// Returns the column of labels, or -1.
std::int64_t label_column(const Lines& lines, const std::vector<Field>& first, const Options& options) {
  if (options.label.empty()) return -1;
  if (options.header) {
    const auto found = std::ranges::find(first, options.label, &Field::text);
    if (found != first.end()) return found - first.begin();
  }
  std::int32_t number = -1;
  if (is_integer(options.label, number) && number >= 0 && number < std::ssize(first)) return number;
  std::string names;
  for (const auto& field : first) names += (names.empty() ? "" : ", ") + field.text;
  lines.fail(1, "there is no column '" + options.label + "' for labels; expected " +
                    (options.header ? "one of " + names + ", or " : std::string()) + "a number from 0 to " +
                    std::to_string(first.size() - 1));
}

}  // namespace

bool is_integer(const std::string& text, std::int32_t& value) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

Table parse(const MappedBytes& file, const Options& options) {
  Lines lines(file, options.delimiter);
  std::vector<Field> fields;
  if (!lines.next(fields)) throw std::runtime_error(file.path.string() + ": the file has no lines");
  const auto width = fields.size();
  const auto label = label_column(lines, fields, options);
  Table table;
  table.columns = static_cast<std::int64_t>(width) - (label >= 0 ? 1 : 0);
  if (table.columns == 0) lines.fail(1, "the table has no column of numbers");
  double value = 0;
  if (options.header) {
    if (std::ranges::all_of(fields, [&](const Field& field) { return is_number(field.text, value); }))
      lines.fail(1, "expected the names of the columns, but got numbers; set header = false");
    if (!lines.next(fields)) throw std::runtime_error(file.path.string() + ": the file has no lines below its header");
  }
  do {
    if (fields.size() != width) {
      lines.fail(fields.back().column,
                 "expected " + std::to_string(width) + " fields, but got " + std::to_string(fields.size()));
    }
    for (std::size_t i = 0; i < width; ++i) {
      if (static_cast<std::int64_t>(i) == label) {
        if (fields[i].text.empty()) lines.fail(fields[i].column, "expected a label, but the field is empty");
        table.labels.push_back(fields[i].text);
        continue;
      }
      if (!is_number(fields[i].text, value) || !std::isfinite(static_cast<float>(value))) {
        lines.fail(fields[i].column,
                   "expected a number, but got '" + fields[i].text + "'" +
                       (lines.line() == 1 ? "; set header = true if the first line names the columns" : ""));
      }
      table.values.push_back(static_cast<float>(value));
    }
    ++table.rows;
  } while (lines.next(fields));
  return table;
}

}  // namespace hourglass::csv
