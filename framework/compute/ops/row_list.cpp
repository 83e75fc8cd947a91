// Counting sort.
#include "compute/ops/row_list.hpp"

#include <algorithm>

namespace hourglass::compute {

void transpose_list(const RowList& list, std::int64_t rows, std::int64_t columns, const RowList& transposed,
                    const float* values, float* transposed_values) {
  // begins[c + 1] first counts column c, then points to its next element, and finally to its end.
  std::int32_t* begins = transposed.begins;
  std::fill_n(begins, columns + 1, 0);
  const std::int32_t elements = list.begins[rows];
  for (std::int32_t i = 0; i < elements; ++i) ++begins[list.columns[i] + 1];
  std::int32_t before = 0;
  for (std::int64_t column = 1; column <= columns; ++column) {
    const std::int32_t count = begins[column];
    begins[column] = before;
    before += count;
  }
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int32_t i = list.begins[row]; i < list.begins[row + 1]; ++i) {
      const std::int32_t place = begins[list.columns[i] + 1]++;
      transposed.columns[place] = static_cast<std::int32_t>(row);
      if (values != nullptr) transposed_values[place] = values[i];
    }
  }
}

}  // namespace hourglass::compute
