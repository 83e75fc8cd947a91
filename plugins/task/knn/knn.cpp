// Classifies test images by a vote of their nearest training images, by codes and by their baselines.
#include <algorithm>

#include "hourglass/task.hpp"

namespace {

using namespace hourglass;

class NearestNeighbours final : public Task {
 public:
  struct Params {
    std::int64_t k = 5;
    std::vector<std::string> baselines = code_baselines();
  };
  static void declare(ParamTable<Params>& table) {
    table.add("k", &Params::k, {1, 1000}, "number of nearest training images that vote; the lowest class wins a tie");
    table.add("baselines", &Params::baselines, Choices{code_baselines()}, "what else is classified in the same way");
  }

  explicit NearestNeighbours(const Params& params) : params_(params) {}

  Needs needs() const override { return {.labels = true, .label_budget = params_.k}; }

  void run(TaskContext& context) const override {
    for (const auto representation : compared(context, params_.baselines)) {
      context.report.metric({"accuracy", Split::test, accuracy(context, representation), "1", Direction::higher,
                             "vote of the " + std::to_string(params_.k) + " nearest of " +
                                 std::to_string(context.data.labels(Split::train).size()) + " training images",
                             baseline_of(representation)});
    }
  }

 private:
  double accuracy(TaskContext& context, Representation representation) const {
    const Labels known = context.data.labels(Split::train), truth = context.data.labels(Split::test);
    const auto near = context.statistics.nearest(context.data.represent(representation, Split::train),
                                                 context.data.represent(representation, Split::test), params_.k);
    double right = 0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
      std::vector<int> votes(static_cast<std::size_t>(context.data.classes()));
      for (std::int64_t n = 0; n < near.k; ++n) {
        const auto row = near.rows[i * static_cast<std::size_t>(near.k) + static_cast<std::size_t>(n)];
        ++votes[static_cast<std::size_t>(known[static_cast<std::size_t>(row)])];
      }
      right += std::ranges::max_element(votes) - votes.begin() == truth[i] ? 1 : 0;
    }
    return right / static_cast<double>(truth.size());
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<NearestNeighbours>(
    "knn", "Accuracy of a vote of the nearest training images, by codes, pixels, PCA and a random encoder."))
