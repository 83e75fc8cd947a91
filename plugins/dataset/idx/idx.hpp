// The datasets of this library.
#pragma once

#include <string>
#include <vector>

#include "hourglass/dataset.hpp"

namespace hourglass::idx {

/// Any set of IDX files that the experiment names.
class Idx final : public Dataset {
 public:
  struct Params {
    std::string train_images, train_labels, test_images, test_labels;
    std::int64_t train_size = 0, test_size = 0;
  };
  static void declare(ParamTable<Params>& table);

  explicit Idx(Params params);
  std::unique_ptr<Samples> open(Split split, DataAccess& data) const override;

 private:
  Params params_;
};

/// How much of a set that has fixed files to take.
struct SizeParams {
  std::int64_t train_size = 0, test_size = 0;
};

/// Handwritten digits (LeCun et al. 1998).
class Mnist final : public Dataset {
 public:
  using Params = SizeParams;
  static void declare(ParamTable<Params>& table);

  explicit Mnist(Params params) : params_(params) {}
  std::unique_ptr<Samples> open(Split split, DataAccess& data) const override;
  std::vector<Download> downloads() const override;

 private:
  Params params_;
};

/// Pictures of clothing (Xiao et al. 2017).
class FashionMnist final : public Dataset {
 public:
  using Params = SizeParams;
  static void declare(ParamTable<Params>& table);

  explicit FashionMnist(Params params) : params_(params) {}
  std::unique_ptr<Samples> open(Split split, DataAccess& data) const override;
  std::vector<Download> downloads() const override;

 private:
  Params params_;
};

}  // namespace hourglass::idx
