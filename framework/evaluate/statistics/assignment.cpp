// Adds one row after another along the cheapest augmenting path.
#include "evaluate/statistics/assignment.hpp"

#include <limits>

namespace hourglass::evaluate {

std::vector<std::size_t> cheapest_assignment(std::span<const double> costs, std::size_t side) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  // Rows and columns count from 1; column 0 holds the row that is being added.
  std::vector<double> of_row(side + 1), of_column(side + 1);  // potentials
  std::vector<std::size_t> row_of(side + 1), previous(side + 1);
  for (std::size_t row = 1; row <= side; ++row) {
    std::vector<double> slack(side + 1, kInfinity);
    std::vector<bool> visited(side + 1);
    row_of[0] = row;
    std::size_t column = 0;
    while (row_of[column] != 0) {
      visited[column] = true;
      const auto from = row_of[column];
      double step = kInfinity;
      std::size_t next = 0;
      for (std::size_t j = 1; j <= side; ++j) {
        if (visited[j]) continue;
        const double cost = costs[(from - 1) * side + j - 1] - of_row[from] - of_column[j];
        if (cost < slack[j]) {
          slack[j] = cost;
          previous[j] = column;
        }
        if (slack[j] < step) {
          step = slack[j];
          next = j;
        }
      }
      for (std::size_t j = 0; j <= side; ++j) {
        if (visited[j]) {
          of_row[row_of[j]] += step;
          of_column[j] -= step;
        } else {
          slack[j] -= step;
        }
      }
      column = next;
    }
    for (; column != 0; column = previous[column]) row_of[column] = row_of[previous[column]];
  }
  std::vector<std::size_t> result(side);
  for (std::size_t column = 1; column <= side; ++column) result[row_of[column] - 1] = column - 1;
  return result;
}

}  // namespace hourglass::evaluate
