// Reads rows in blocks, and caches codes if they are small.
#include "evaluate/rows.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

namespace hourglass::evaluate {
namespace {

/// Larger codes are not kept in memory.
constexpr std::int64_t kKeptBytes = std::int64_t{32} << 20;

std::vector<std::int64_t> range(std::int64_t first, std::int64_t count) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), first);
  return indices;
}

std::int64_t rows_of(std::span<const float> values, std::int64_t columns) {
  if (static_cast<std::int64_t>(values.size()) % columns != 0) {
    throw std::invalid_argument("rows expect a multiple of " + std::to_string(columns) + " numbers, but got " +
                                std::to_string(values.size()));
  }
  return static_cast<std::int64_t>(values.size()) / columns;
}

}  // namespace

void CleanRows::read(std::int64_t first, std::span<float> out) const {
  stop_.check();
  if (!out.empty()) view_.read(range(first, rows_of(out, columns_)), out);
}

void NoisyRows::read(std::int64_t first, std::span<float> out) const {
  stop_.check();
  if (out.empty()) return;
  clean_.resize(out.size());
  view_.read_noisy(range(first, rows_of(out, columns_)), clean_, out, *noise_, seed_, base::Stream::evaluation_noise,
                   0);
}

void OutlierRows::read(std::int64_t first, std::span<float> out) const {
  const auto columns = clean_.columns();
  clean_.read(first, out);
  for (std::size_t begin = 0; begin < out.size(); begin += static_cast<std::size_t>(columns), ++first) {
    const auto image = out.subspan(begin, static_cast<std::size_t>(columns));
    base::PhiloxRng rng(seed_, base::Stream::outliers, static_cast<std::uint64_t>(kind_),
                        static_cast<std::uint64_t>(first));
    if (kind_ == Outliers::uniform) {
      rng.uniform(image);
      continue;
    }
    std::vector<std::int64_t> order(image.size());
    base::shuffle(order, rng);
    const std::vector<float> pixels(image.begin(), image.end());
    for (std::size_t i = 0; i < image.size(); ++i) image[i] = pixels[static_cast<std::size_t>(order[i])];
  }
}

CodeRows::CodeRows(const Rows& images, std::int64_t columns, Encode encode)
    : images_(images), columns_(columns), encode_(std::move(encode)) {
  if (rows() * columns_ * static_cast<std::int64_t>(sizeof(float)) > kKeptBytes) return;
  std::vector<float> codes(static_cast<std::size_t>(rows() * columns_));
  this->encode(0, codes);
  kept_ = std::move(codes);
}

void CodeRows::read(std::int64_t first, std::span<float> out) const {
  const auto count = rows_of(out, columns_);
  if (first < 0 || count > rows() - first) {
    throw std::out_of_range("rows " + std::to_string(first) + " to " + std::to_string(first + count - 1) +
                            " do not exist: there are " + std::to_string(rows()) + " codes");
  }
  if (kept_.empty()) {
    encode(first, out);
  } else {
    std::copy_n(kept_.begin() + first * columns_, out.size(), out.begin());
  }
}

void CodeRows::encode(std::int64_t first, std::span<float> out) const {
  const auto count = rows_of(out, columns_);
  std::vector<float> images(static_cast<std::size_t>(std::min(count, kRowsPerRead) * images_.columns()));
  for (std::int64_t done = 0; done < count; done += kRowsPerRead) {
    const auto n = std::min(kRowsPerRead, count - done);
    const std::span block(images.data(), static_cast<std::size_t>(n * images_.columns()));
    images_.read(first + done, block);
    encode_(first + done, block,
            out.subspan(static_cast<std::size_t>(done * columns_), static_cast<std::size_t>(n * columns_)));
  }
}

void for_each_block(const Rows& rows, const std::function<void(std::int64_t, std::span<float>)>& body) {
  std::vector<float> values(static_cast<std::size_t>(std::min(rows.rows(), kRowsPerRead) * rows.columns()));
  for (std::int64_t first = 0; first < rows.rows(); first += kRowsPerRead) {
    const auto n = std::min(kRowsPerRead, rows.rows() - first);
    const std::span block(values.data(), static_cast<std::size_t>(n * rows.columns()));
    rows.read(first, block);
    body(first, block);
  }
}

}  // namespace hourglass::evaluate
