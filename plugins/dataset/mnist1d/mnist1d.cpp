// Sequences that resemble drawings of digits along a line, made as published (Greydanus and Kobak 2020).
#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "generator.hpp"
#include "hourglass/dataset.hpp"

namespace {

using namespace hourglass;

class Mnist1dSamples final : public Samples {
 public:
  explicit Mnist1dSamples(mnist1d::Part part) : part_(std::move(part)) {}

  std::int64_t size() const override { return static_cast<std::int64_t>(part_.labels.size()); }
  ImageShape shape() const override { return {1, 1, mnist1d::kLength}; }
  std::span<const std::int32_t> labels() const override { return part_.labels; }
  std::vector<std::string> class_names() const override { return {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}; }
  ValueRange range() const override { return ValueRange::any(); }
  void read(std::span<const std::int64_t> indices, std::span<float> images) const override {
    auto out = images.begin();
    for (const auto index : indices) {
      if (index < 0 || index >= size())
        throw std::out_of_range("sequence " + std::to_string(index) + " does not exist");
      out = std::copy_n(part_.values.begin() + index * mnist1d::kLength, mnist1d::kLength, out);
    }
  }

 private:
  mnist1d::Part part_;
};

class Mnist1d final : public Dataset {
 public:
  struct Params {
    std::int64_t seed = 42;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("seed", &Params::seed, {0, 4294967295.0},
              "seed of NumPy's generator (RandomState), from which everything is drawn; the published set has 42");
  }

  explicit Mnist1d(const Params& params) : params_(params) {}

  std::unique_ptr<Samples> open(Split split, DataAccess&) const override {
    if (split == Split::validation) return nullptr;
    auto parts = mnist1d::generate(static_cast<std::uint32_t>(params_.seed));
    return std::make_unique<Mnist1dSamples>(std::move(split == Split::train ? parts.first : parts.second));
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Mnist1d>(
    "mnist1d", "Digits drawn along a line, 4,000 and 1,000 sequences of 40 numbers (Greydanus and Kobak 2020)."))
