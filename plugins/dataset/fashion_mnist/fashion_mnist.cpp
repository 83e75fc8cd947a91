// Pictures of clothing (Xiao et al. 2017).
#include "hourglass/dataset.hpp"
#include "published_set.hpp"

namespace {

using namespace hourglass;

class FashionMnist final : public Dataset {
 public:
  using Params = idx::PublishedParams;
  static void declare(ParamTable<Params>& table) { idx::declare_published(table); }

  explicit FashionMnist(const Params& params) : params_(params) {}

  std::unique_ptr<Samples> open(Split split, DataAccess& data) const override {
    if (split == Split::validation) return nullptr;
    const auto files =
        idx::find_split(split, {"/usr/share/datasets/fashion-mnist", data.directory() / "fashion-mnist"},
                        "install Debian's package dataset-fashion-mnist or run `hourglass data fetch fashion_mnist`");
    return idx::open_published(
        data, split, files, params_,
        {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"});
  }

  std::vector<Download> downloads() const override {
    return idx::four_files("fashion-mnist",
                           {"c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
                            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
                            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
                            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"},
                           {{"https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/", ".gz"}});
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<FashionMnist>(
    "fashion_mnist", "Pictures of clothing, 60,000 and 10,000 grey images of 28 x 28 (Xiao et al. 2017)."))
