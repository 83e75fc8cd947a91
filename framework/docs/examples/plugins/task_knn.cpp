// Classifies test images by a vote of their k nearest training codes.
#include <algorithm>
#include <numeric>

#include "hourglass/task.hpp"

namespace {
using namespace hourglass;
struct NearestNeighbours final : Task {
  struct Params {
    std::int64_t k = 5;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("k", &Params::k, {1, 1000}, "number of neighbours that vote; the lowest class wins a tie");
  }
  explicit NearestNeighbours(const Params& params) : k(params.k) {}

  Needs needs() const override { return {.labels = true, .label_budget = k}; }
  void run(TaskContext& context) const override {
    const Labels known = context.data.labels(Split::train), truth = context.data.labels(Split::test);
    const Rows &train = context.data.codes(Split::train), &test = context.data.codes(Split::test);
    const auto width = static_cast<std::size_t>(train.columns());
    std::vector<float> codes(known.size() * width), code(width);
    train.read(0, codes);
    std::vector<std::pair<float, std::int32_t>> near(known.size());  // squared distance, class
    double right = 0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
      test.read(static_cast<std::int64_t>(i), code);
      for (std::size_t j = 0; j < near.size(); ++j)
        near[j] = {std::transform_reduce(code.begin(), code.end(), codes.data() + j * width, 0.0F, std::plus(),
                                         [](float a, float b) { return (a - b) * (a - b); }),
                   known[j]};
      std::ranges::nth_element(near, near.begin() + (k - 1));
      std::vector<int> votes(static_cast<std::size_t>(context.data.classes()));
      for (auto vote = near.begin(); vote != near.begin() + k; ++vote) ++votes[static_cast<std::size_t>(vote->second)];
      right += std::ranges::max_element(votes) - votes.begin() == truth[i] ? 1 : 0;
    }
    context.report.metric({"accuracy", Split::test, right / static_cast<double>(truth.size()), "1", Direction::higher,
                           "vote of the " + std::to_string(k) + " nearest training codes"});
  }
  const std::int64_t k;
};
}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<NearestNeighbours>("knn", "Accuracy of k-nearest-neighbour classification."))
