// Writes, reads and checks metrics.csv with one list of columns.
#include "results/epoch_metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/hash.hpp"
#include "results/csv.hpp"
#include "results/json_file.hpp"
#include "results/number.hpp"

namespace hourglass::results {
namespace {

namespace fs = std::filesystem;

using Lines = std::vector<std::vector<std::string>>;

constexpr std::size_t kTimeColumns = 2;
constexpr const char* kChecksum = "checksum";

/// The checksums of the lines of a file, in their order.
class Checksums {
 public:
  Checksums(const fs::path& file, const std::vector<std::string>& header) {
    chain_ = place_of(file) + '\n' + csv_record(header);
  }

  /// Returns the checksum of the next line, which has these fields before it.
  std::string next(const std::vector<std::string>& fields) {
    return chain_ = base::hash_hex(chain_ + csv_record(fields)).substr(0, 16);
  }

 private:
  std::string chain_;  ///< what precedes the next line
};

/// Returns the columns in order, including those of each of `penalties`.
std::vector<std::string> columns(const std::vector<std::string>& penalties) {
  std::vector<std::string> names = {"epoch", "step", "learning_rate", "train_objective", "train_reconstruction"};
  const auto each = [&](const std::string& prefix) {
    for (const auto& penalty : penalties) names.push_back(prefix + penalty);
  };
  each("train_");
  each("weight_");
  names.insert(names.end(), {"validation_objective", "validation_reconstruction"});
  each("validation_");
  names.insert(names.end(), {"seconds", "images_per_second"});
  return names;
}

/// Returns the penalties that a header names. For a correct header, columns() of them equals the header.
std::vector<std::string> penalties_of(const std::vector<std::string>& header) {
  constexpr std::string_view kPrefix = "weight_";
  std::vector<std::string> names;
  for (const auto& column : header) {
    if (column.starts_with(kPrefix)) names.push_back(column.substr(kPrefix.size()));
  }
  return names;
}

class Reader {
 public:
  Reader(const fs::path& file, const std::string& text) : file_(file) {
    const auto lines = parse_csv(text);
    if (!lines)
      fail(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1, "the line is incomplete");
    lines_ = *lines;
    const auto header = lines_.empty() ? std::vector<std::string>{} : lines_.front();
    metrics_.penalties = penalties_of(header);
    if (!header.empty() && header.back() == kChecksum) take_checksums();
    if (const auto expected = columns(metrics_.penalties); lines_.empty() || lines_.front() != expected) {
      fail(1, fmt::format("expected the columns {}, but got {}", fmt::join(expected, ","),
                          header.empty() ? "none" : fmt::format("{}", fmt::join(header, ","))));
    }
    for (std::size_t line = 1; line < lines_.size(); ++line) metrics_.rows.push_back(row(line));
  }

  EpochMetrics take() { return std::move(metrics_); }

 private:
  /// Removes the last field of each line, and compares it with the checksum of the others.
  void take_checksums() {
    lines_.front().pop_back();
    Checksums checksums(file_, lines_.front());
    for (std::size_t line = 1; line < lines_.size(); ++line) {
      const auto checksum = lines_[line].back();
      lines_[line].pop_back();
      if (checksum != checksums.next(lines_[line])) fail(line + 1, "the line does not match its checksum");
    }
  }

  [[noreturn]] void fail(std::size_t line, const std::string& what) const {
    throw base::UserError(fmt::format(
        "{}:{}: {}; the file was changed after it was written; run its experiment again, which makes it again",
        file_.string(), line, what));
  }

  EpochRow row(std::size_t line) {
    const auto got = lines_[line].size(), expected = lines_.front().size();
    if (got != expected) fail(line + 1, fmt::format("expected {} fields, but got {}", expected, got));
    line_ = line;
    next_ = 0;
    EpochRow row;
    row.epoch = whole();
    row.step = whole();
    row.learning_rate = number();
    row.train = loss_parts();
    row.weights = penalties();
    const auto last = expected - kTimeColumns;
    if (std::all_of(lines_[line].begin() + static_cast<std::ptrdiff_t>(next_),
                    lines_[line].begin() + static_cast<std::ptrdiff_t>(last),
                    [](const auto& field) { return field.empty(); })) {
      next_ = last;
    } else {
      row.validation = loss_parts();
    }
    row.seconds = number();
    row.images_per_second = number();
    return row;
  }

  LossParts loss_parts() {
    LossParts parts{.objective = number()};
    parts.reconstruction = number();
    parts.penalties = penalties();
    return parts;
  }
  std::vector<double> penalties() {
    std::vector<double> values;
    for (std::size_t i = 0; i < metrics_.penalties.size(); ++i) values.push_back(number());
    return values;
  }
  double number() {
    const auto& field = lines_[line_][next_];
    const auto value = number_of(field);
    if (!value) wrong("a number");
    ++next_;
    return *value;
  }
  std::int64_t whole() {
    const auto& field = lines_[line_][next_];
    std::int64_t value = 0;
    const auto parsed = std::from_chars(field.data(), field.data() + field.size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != field.data() + field.size()) wrong("an integer");
    ++next_;
    return value;
  }
  [[noreturn]] void wrong(const char* expected) const {
    fail(line_ + 1,
         fmt::format("expected {} for {}, but got '{}'", expected, lines_.front()[next_], lines_[line_][next_]));
  }

  const fs::path& file_;
  Lines lines_;
  std::size_t line_ = 0, next_ = 0;  ///< position of the next field
  EpochMetrics metrics_;
};

}  // namespace

void write_epoch_metrics(const fs::path& file, const EpochMetrics& metrics) {
  auto names = columns(metrics.penalties);
  Checksums checksums(file, names);
  const auto count = names.size();
  names.emplace_back(kChecksum);
  auto text = csv_record(names);
  for (const auto& row : metrics.rows) {
    std::vector<std::string> fields = {std::to_string(row.epoch), std::to_string(row.step),
                                       number_text(row.learning_rate)};
    const auto add = [&](double value) { fields.push_back(number_text(value)); };
    const auto add_parts = [&](const LossParts& parts) {
      add(parts.objective);
      add(parts.reconstruction);
      std::ranges::for_each(parts.penalties, add);
    };
    add_parts(row.train);
    std::ranges::for_each(row.weights, add);
    if (row.validation) add_parts(*row.validation);
    fields.resize(count - kTimeColumns);  // empty without a validation split
    add(row.seconds);
    add(row.images_per_second);
    fields.push_back(checksums.next(fields));
    text += csv_record(fields);
  }
  base::write_file(file, text);
}

EpochMetrics read_epoch_metrics(const fs::path& file) {
  const auto text = base::read_existing(file);
  return text ? Reader(file, *text).take() : EpochMetrics{};
}

std::vector<double> numbers_of(const EpochRow& row) {
  std::vector<double> numbers = {static_cast<double>(row.epoch), static_cast<double>(row.step), row.learning_rate};
  const auto add_parts = [&](const LossParts& parts) {
    numbers.insert(numbers.end(), {parts.objective, parts.reconstruction});
    numbers.insert(numbers.end(), parts.penalties.begin(), parts.penalties.end());
  };
  add_parts(row.train);
  numbers.insert(numbers.end(), row.weights.begin(), row.weights.end());
  if (row.validation) add_parts(*row.validation);
  return numbers;
}

std::optional<EpochRow> row_of(std::span<const double> numbers, std::size_t penalties) {
  const auto without = 5 + 2 * penalties;  // without validation
  if (numbers.size() != without && numbers.size() != without + 2 + penalties) return std::nullopt;
  const auto values_at = [&](std::size_t at) {
    const auto part = numbers.subspan(at, penalties);
    return std::vector(part.begin(), part.end());
  };
  const auto parts_at = [&](std::size_t at) { return LossParts{numbers[at], numbers[at + 1], values_at(at + 2)}; };
  constexpr auto kUnknown = std::numeric_limits<double>::quiet_NaN();
  EpochRow row{.epoch = static_cast<std::int64_t>(numbers[0]),
               .step = static_cast<std::int64_t>(numbers[1]),
               .learning_rate = numbers[2],
               .train = parts_at(3),
               .weights = values_at(5 + penalties),
               .seconds = kUnknown,
               .images_per_second = kUnknown};
  if (numbers.size() > without) row.validation = parts_at(without);
  return row;
}

}  // namespace hourglass::results
