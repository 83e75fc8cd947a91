// Rows of numbers: the images or the codes of a split, some of them, or numbers of a task's own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace hourglass {

/// The class of each image, in [0, classes); empty if there are no labels or the model does not read them.
using Labels = std::span<const std::int32_t>;

/// Rows of numbers that are read on demand: the images or the codes of a split. Valid while the task runs.
class Rows {
 public:
  virtual ~Rows() = default;
  virtual std::int64_t rows() const = 0;     ///< 0 for a split that the dataset does not have
  virtual std::int64_t columns() const = 0;  ///< C * H * W of images, K of codes

  /// Writes rows [first, first + out.size() / columns) to `out`, [n, columns], for any n; about a thousand rows keep
  /// all cores busy. Throws std::invalid_argument if `out` is not a whole number of rows. One thread at a time.
  virtual void read(std::int64_t first, std::span<float> out) const = 0;
};

/// Rows in memory.
class MemoryRows final : public Rows {
 public:
  /// Takes `values`, [n, columns].
  MemoryRows(std::vector<float> values, std::int64_t columns) : values_(std::move(values)), columns_(columns) {}

  std::int64_t rows() const override { return static_cast<std::int64_t>(values_.size()) / columns_; }
  std::int64_t columns() const override { return columns_; }
  void read(std::int64_t first, std::span<float> out) const override {
    if (out.size() % static_cast<std::size_t>(columns_) != 0)
      throw std::invalid_argument("rows in memory expect room for whole rows");
    std::copy_n(values_.begin() + first * columns_, out.size(), out.begin());
  }
  const std::vector<float>& values() const { return values_; }

 private:
  std::vector<float> values_;
  std::int64_t columns_;
};

/// Some rows of others, which must outlive it.
class SelectedRows final : public Rows {
 public:
  /// Selects the rows at `indices`, in ascending order.
  SelectedRows(const Rows& rows, std::vector<std::int64_t> indices) : rows_(rows), indices_(std::move(indices)) {
    if (!std::is_sorted(indices_.begin(), indices_.end()) ||
        (!indices_.empty() && (indices_.front() < 0 || indices_.back() >= rows.rows())))
      throw std::invalid_argument("selected rows expect ascending indices of existing rows");
  }

  std::int64_t rows() const override { return static_cast<std::int64_t>(indices_.size()); }
  std::int64_t columns() const override { return rows_.columns(); }
  const std::vector<std::int64_t>& indices() const { return indices_; }

  /// Reads the rows between the first and the last one that is wanted, a thousand at a time.
  void read(std::int64_t first, std::span<float> out) const override {
    constexpr std::int64_t kPiece = 1024;
    const auto columns = static_cast<std::size_t>(rows_.columns());
    if (out.size() % columns != 0) throw std::invalid_argument("selected rows expect room for whole rows");
    auto wanted = indices_.begin() + first;
    const auto end = wanted + static_cast<std::ptrdiff_t>(out.size() / columns);
    std::vector<float> piece;
    for (auto to = out.begin(); wanted != end;) {
      const auto start = *wanted;
      const auto stop = std::upper_bound(wanted, end, start + kPiece - 1);
      piece.resize(static_cast<std::size_t>(*(stop - 1) - start + 1) * columns);
      rows_.read(start, piece);
      for (; wanted != stop; ++wanted, to += static_cast<std::ptrdiff_t>(columns))
        std::copy_n(piece.begin() + (*wanted - start) * static_cast<std::ptrdiff_t>(columns), columns, to);
    }
  }

 private:
  const Rows& rows_;
  std::vector<std::int64_t> indices_;
};

}  // namespace hourglass
