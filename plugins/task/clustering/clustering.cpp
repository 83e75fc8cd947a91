// Clusters codes by k-means, without labels, and compares the clusters with the classes.
#include <algorithm>

#include "hourglass/task.hpp"

namespace {

using namespace hourglass;

class Clustering final : public Task {
 public:
  struct Params {
    std::int64_t clusters = 0, restarts = 5, iterations = 100;
    std::vector<std::string> baselines = code_baselines();
  };
  static void declare(ParamTable<Params>& table) {
    table.add("clusters", &Params::clusters, {0, 1e6}, "number of clusters; 0: as many as there are classes");
    table.add("restarts", &Params::restarts, {1, 1000}, "starts of k-means, of which the best on train is kept");
    table.add("iterations", &Params::iterations, {1, 1e6}, "maximum number of iterations of each start");
    table.add("baselines", &Params::baselines, Choices{code_baselines()}, "what else is clustered in the same way");
  }

  explicit Clustering(const Params& params) : params_(params) {}

  Needs needs() const override { return {.labels = true, .label_budget = params_.clusters}; }

  void run(TaskContext& context) const override {
    const auto count = params_.clusters > 0 ? params_.clusters : context.data.classes();
    for (const auto representation : compared(context, params_.baselines)) {
      const auto& train = context.data.represent(representation, Split::train);
      const auto found = context.statistics.k_means(
          train, {.clusters = count, .restarts = params_.restarts, .iterations = params_.iterations}, context.rng);
      const MemoryRows centres(found.centres, train.columns());
      const auto near = context.statistics.nearest(centres, context.data.represent(representation, Split::test), 1);
      const std::vector<std::int32_t> clusters(near.rows.begin(), near.rows.end());
      const auto agreement = context.statistics.agreement(clusters, context.data.labels(Split::test));
      const auto protocol = std::to_string(count) + " clusters of " + std::to_string(train.rows()) +
                            " training images by k-means++, best of " + std::to_string(params_.restarts) + " starts";
      const auto report = [&](const char* name, double value, const std::string& how) {
        context.report.metric(
            {name, Split::test, value, "1", Direction::higher, protocol + how, baseline_of(representation)});
      };
      report("nmi", agreement.nmi, "");
      report("ari", agreement.ari, "");
      report("cluster_accuracy", agreement.accuracy, "; best one-to-one assignment of clusters to classes");
      if (!found.converged) {
        const std::string name = baseline_of(representation);
        context.report.note("k-means of the " + (name.empty() ? "codes" : name) + " has not converged in " +
                            std::to_string(params_.iterations) + " iterations; raise `iterations`");
      }
    }
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Clustering>(
    "clustering", "NMI, ARI and accuracy of k-means clusters of codes, pixels, PCA and a random encoder."))
