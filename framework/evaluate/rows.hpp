// Rows of numbers that are read on demand: images of a split, clean or noisy, and codes. Reading throws Stopped once
// the user has stopped the run, so that every loop over rows ends.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "evaluate/stop.hpp"
#include "hourglass/task.hpp"
#include "subject/data_splits.hpp"
#include "subject/other_data.hpp"

namespace hourglass::evaluate {

/// The images of a view, [size, C * H * W].
class CleanRows final : public Rows {
 public:
  CleanRows(subject::SplitView view, ImageShape shape, StopFlag stop)
      : view_(view), columns_(shape.size()), stop_(stop) {}

  std::int64_t rows() const override { return view_.size(); }
  std::int64_t columns() const override { return columns_; }
  void read(std::int64_t first, std::span<float> out) const override;

 private:
  subject::SplitView view_;
  std::int64_t columns_;
  StopFlag stop_;
};

/// The images of another dataset, which it opens: see subject::OtherData.
class OtherRows final : public Rows {
 public:
  OtherRows(std::shared_ptr<const Dataset> dataset, const subject::Data& data, StopFlag stop)
      : data_(std::move(dataset), data), rows_(data_.view(), data.shape(), stop) {}

  std::int64_t rows() const override { return rows_.rows(); }
  std::int64_t columns() const override { return rows_.columns(); }
  void read(std::int64_t first, std::span<float> out) const override { rows_.read(first, out); }

 private:
  subject::OtherData data_;
  CleanRows rows_;
};

/// The images of a view with noise, keyed by (seed, evaluation_noise, 0, image): always the same corruption.
class NoisyRows final : public Rows {
 public:
  NoisyRows(subject::SplitView view, ImageShape shape, std::shared_ptr<const Noise> noise, std::uint64_t seed,
            StopFlag stop)
      : view_(view), columns_(shape.size()), noise_(std::move(noise)), seed_(seed), stop_(stop) {}

  std::int64_t rows() const override { return view_.size(); }
  std::int64_t columns() const override { return columns_; }
  void read(std::int64_t first, std::span<float> out) const override;

 private:
  subject::SplitView view_;
  std::int64_t columns_;
  std::shared_ptr<const Noise> noise_;
  std::uint64_t seed_;
  StopFlag stop_;
  mutable std::vector<float> clean_;  ///< input of the noise
};

/// Artificial images made from those of a split, keyed by (seed, outliers, kind, image).
class OutlierRows final : public Rows {
 public:
  /// `clean` must outlive it.
  OutlierRows(const Rows& clean, Outliers kind, std::uint64_t seed) : clean_(clean), kind_(kind), seed_(seed) {}

  std::int64_t rows() const override { return clean_.rows(); }
  std::int64_t columns() const override { return clean_.columns(); }
  void read(std::int64_t first, std::span<float> out) const override;

 private:
  const Rows& clean_;
  Outliers kind_;
  std::uint64_t seed_;
};

/// Codes of images, [size, K]: kept in memory if they are small, else computed at each read.
class CodeRows final : public Rows {
 public:
  /// Encodes images, starting at row `first`.
  using Encode = std::function<void(std::int64_t first, std::span<const float> images, std::span<float> codes)>;
  CodeRows(const Rows& images, std::int64_t columns, Encode encode);

  std::int64_t rows() const override { return images_.rows(); }
  std::int64_t columns() const override { return columns_; }
  void read(std::int64_t first, std::span<float> out) const override;

 private:
  void encode(std::int64_t first, std::span<float> out) const;

  const Rows& images_;
  std::int64_t columns_;
  Encode encode_;
  std::vector<float> kept_;
};

/// Rows per read: enough to keep the cores busy, few enough to stay in the cache.
inline constexpr std::int64_t kRowsPerRead = 1024;

/// Calls `body(first, values)` for consecutive blocks of all rows; `values` is [n, columns], valid during the call.
void for_each_block(const Rows& rows, const std::function<void(std::int64_t first, std::span<float> values)>& body);

}  // namespace hourglass::evaluate
