#include "apply/blocks.hpp"

#include <algorithm>
#include <cmath>

#include "evaluate/inference.hpp"

namespace hourglass::apply {

void for_each_block(const Rows& images, const std::optional<std::int32_t>& given,
                    const std::function<void(std::int64_t first, std::span<const float> images, Labels labels)>& body) {
  std::vector<float> block;
  for (std::int64_t first = 0; first < images.rows(); first += evaluate::kInferenceBatch) {
    const auto count = std::min(evaluate::kInferenceBatch, images.rows() - first);
    block.resize(static_cast<std::size_t>(count * images.columns()));
    images.read(first, block);
    body(first, block, std::vector<std::int32_t>(static_cast<std::size_t>(given ? count : 0), given.value_or(0)));
  }
}

std::vector<double> squared_errors(std::span<const float> a, std::span<const float> b, std::int64_t size) {
  std::vector<double> errors(a.size() / static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < a.size(); ++i) {
    errors[i / static_cast<std::size_t>(size)] +=
        std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2) / static_cast<double>(size);
  }
  return errors;
}

}  // namespace hourglass::apply
