// Writes, reads and checks metrics.csv with one list of columns.
#include "results/epoch_metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.hpp"
#include "base/files.hpp"
#include "results/csv.hpp"
#include "results/number.hpp"

namespace hourglass::results {
namespace {

namespace fs = std::filesystem;

using Lines = std::vector<std::vector<std::string>>;

constexpr std::size_t kTimeColumns = 2;

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
  explicit Reader(const fs::path& file) : file_(file) {
    const auto text = base::read_file(file);
    const auto lines = parse_csv(text);
    if (!lines)
      fail(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1, "the line is incomplete");
    lines_ = *lines;
    const auto header = lines_.empty() ? std::vector<std::string>{} : lines_.front();
    metrics_.penalties = penalties_of(header);
    if (const auto expected = columns(metrics_.penalties); header != expected) {
      fail(1, fmt::format("expected the columns {}, but got {}", fmt::join(expected, ","),
                          header.empty() ? "none" : fmt::format("{}", fmt::join(header, ","))));
    }
    for (std::size_t line = 1; line < lines_.size(); ++line) metrics_.rows.push_back(row(line));
  }

  EpochMetrics take() { return std::move(metrics_); }

 private:
  [[noreturn]] void fail(std::size_t line, const std::string& what) const {
    throw base::UserError(
        fmt::format("{}:{}: {}; the file was modified after it was written; delete the run folder and run its cell "
                    "again",
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
  const auto names = columns(metrics.penalties);
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
    fields.resize(names.size() - kTimeColumns);  // empty without a validation split
    add(row.seconds);
    add(row.images_per_second);
    text += csv_record(fields);
  }
  base::write_file(file, text);
}

EpochMetrics read_epoch_metrics(const fs::path& file) {
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return {};
  return Reader(file).take();
}

}  // namespace hourglass::results
