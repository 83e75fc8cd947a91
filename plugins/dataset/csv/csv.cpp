// Vectors from tables of numbers in text files.
#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "hourglass/dataset.hpp"
#include "table.hpp"

namespace {

using namespace hourglass;

class CsvSamples final : public Samples {
 public:
  CsvSamples(csv::Table table, std::vector<std::int32_t> labels, std::vector<std::string> class_names, ValueRange range)
      : table_(std::move(table)), labels_(std::move(labels)), class_names_(std::move(class_names)), range_(range) {}

  std::int64_t size() const override { return table_.rows; }
  ImageShape shape() const override { return {1, 1, table_.columns}; }
  std::span<const std::int32_t> labels() const override { return labels_; }
  std::vector<std::string> class_names() const override { return class_names_; }
  ValueRange range() const override { return range_; }
  void read(std::span<const std::int64_t> indices, std::span<float> images) const override {
    auto out = images.begin();
    for (const auto index : indices) {
      if (index < 0 || index >= table_.rows)
        throw std::out_of_range("row " + std::to_string(index) + " does not exist");
      out = std::copy_n(table_.values.begin() + index * table_.columns, table_.columns, out);
    }
  }

 private:
  csv::Table table_;
  std::vector<std::int32_t> labels_;
  std::vector<std::string> class_names_;
  ValueRange range_;
};

class Csv final : public Dataset {
 public:
  struct Params {
    std::filesystem::path train, test;
    std::string label, delimiter = ",";
    bool header = true;
    std::vector<double> range;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("train", &Params::train, "text file with a training sample in each line, numbers of any size")
        .add("test", &Params::test,
             "text file of the test split, with the same columns; empty: test_share of the others is drawn for it")
        .add("label", &Params::label, Choices{},
             "column of the labels, by name or by number from 0 on; labels are integers or any texts; empty: none")
        .add("delimiter", &Params::delimiter, Choices{}, "the character between fields, such as \";\" or \"\\t\"")
        .add("header", &Params::header, "the first line has the names of the columns")
        .add("range", &Params::range, Range{},
             "the least and the greatest value that can occur, such as [0, 1]; a value outside is an error; empty: any "
             "value");
  }

  explicit Csv(Params params) : params_(std::move(params)) {
    if (params_.delimiter.size() != 1) throw std::invalid_argument("delimiter must be one character");
    const auto& range = params_.range;
    if (!range.empty() && (range.size() != 2 || range[0] >= range[1]))
      throw std::invalid_argument("range must be a lower and a higher value, such as [0, 1], or empty");
  }

  std::unique_ptr<Samples> open(Split split, DataAccess& data) const override {
    if (params_.train.empty()) throw std::runtime_error("train is empty; set it to a text file");
    if (split == Split::validation || (split == Split::test && params_.test.empty())) return nullptr;
    auto train = parse("train", params_.train, data);
    csv::Table test;
    if (!params_.test.empty()) {
      test = parse("test", params_.test, data);
      if (test.columns != train.columns) {
        throw std::runtime_error("test = " + params_.test.string() + ": has " + std::to_string(test.columns) +
                                 " columns of numbers, but " + params_.train.string() + " has " +
                                 std::to_string(train.columns));
      }
    }
    auto names = text_classes(train, test);
    auto& own = split == Split::train ? train : test;
    auto labels = labels_of(own.labels, names);
    const auto range = params_.range.empty() ? ValueRange::any() : ValueRange{params_.range[0], params_.range[1]};
    return std::make_unique<CsvSamples>(std::move(own), std::move(labels), std::move(names), range);
  }

 private:
  csv::Table parse(const std::string& key, const std::filesystem::path& path, DataAccess& data) const {
    try {
      auto table = csv::parse(data.map(path), {params_.delimiter[0], params_.header, params_.label});
      if (params_.range.empty()) return table;
      const auto bad = std::ranges::find_if(
          table.values, [&](float value) { return value < params_.range[0] || value > params_.range[1]; });
      if (bad == table.values.end()) return table;
      throw std::runtime_error(path.string() + ": sample " +
                               std::to_string((bad - table.values.begin()) / table.columns) + " has a value of " +
                               std::to_string(*bad) + ", outside range");
    } catch (const std::exception& error) {
      throw std::runtime_error(key + " = " + error.what());
    }
  }

  /// Returns the names of the classes, in alphabetical order; none if all labels are integers, or if there are none.
  static std::vector<std::string> text_classes(const csv::Table& train, const csv::Table& test) {
    std::vector<std::string> names = train.labels;
    names.insert(names.end(), test.labels.begin(), test.labels.end());
    std::ranges::sort(names);
    names.erase(std::ranges::unique(names).begin(), names.end());
    std::int32_t number = 0;
    if (std::ranges::all_of(names, [&](const std::string& name) { return csv::is_integer(name, number); })) return {};
    return names;
  }

  static std::vector<std::int32_t> labels_of(const std::vector<std::string>& texts,
                                             const std::vector<std::string>& names) {
    std::vector<std::int32_t> labels;
    for (const auto& text : texts) {
      std::int32_t label = 0;
      if (names.empty()) {
        csv::is_integer(text, label);
      } else {
        label = static_cast<std::int32_t>(std::ranges::lower_bound(names, text) - names.begin());
      }
      labels.push_back(label);
    }
    return labels;
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Csv>("csv",
                                         "Vectors from tables of numbers in text files, with or without labels."))
