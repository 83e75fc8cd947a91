// Images from PNG and JPEG files in folders, one folder for each class.
#include <algorithm>
#include <cctype>
#include <cstring>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "hourglass/dataset.hpp"
#include "picture.hpp"

namespace {

using namespace hourglass;
namespace fs = std::filesystem;

enum class Fit { crop, stretch };

/// The files of a split and the folder that each is in, "" directly below the split's own.
struct Listing {
  std::vector<fs::path> files;
  std::vector<std::string> folders;
};

bool is_picture(const fs::path& path) {
  auto type = path.extension().string();
  std::ranges::transform(type, type.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return type == ".png" || type == ".jpg" || type == ".jpeg";
}

/// Lists the pictures in a folder and in the folders in it, sorted by path, whatever the order on the disk.
Listing listing_of(const fs::path& root) {
  std::map<fs::path, std::string> found;
  for (const auto& entry : fs::directory_iterator(root)) {
    if (is_picture(entry.path())) found[entry.path()] = "";
    if (!entry.is_directory()) continue;
    const auto name = entry.path().filename().string();
    for (const auto& inner : fs::recursive_directory_iterator(entry.path())) {
      if (is_picture(inner.path()) && !inner.is_directory()) found[inner.path()] = name;
    }
  }
  Listing listing;
  for (const auto& [file, folder] : found) {
    listing.files.push_back(file);
    listing.folders.push_back(folder);
  }
  if (found.empty()) throw std::runtime_error(root.string() + ": the folder has no PNG or JPEG files");
  const auto loose = std::ranges::count(listing.folders, "");
  if (loose > 0 && loose < std::ssize(listing.folders)) {
    throw std::runtime_error(root.string() +
                             ": has pictures both in folders and next to them; put all into folders, one "
                             "for each class, or none");
  }
  return listing;
}

std::vector<std::string> classes_of(const Listing& listing) {
  std::vector<std::string> names = listing.folders;
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  if (names.front().empty()) names.clear();
  return names;
}

/// Returns read(); the name of a key is put before the text of what it throws.
template <class Read>
auto named(const std::string& key, const Read& read) {
  try {
    return read();
  } catch (const std::exception& error) {
    throw std::runtime_error(key + " = " + error.what());
  }
}

class FolderSamples final : public Samples {
 public:
  FolderSamples(std::vector<MappedBytes> images, ImageShape shape, std::vector<std::int32_t> labels,
                std::vector<std::string> class_names)
      : images_(std::move(images)), shape_(shape), labels_(std::move(labels)), class_names_(std::move(class_names)) {}

  std::int64_t size() const override { return std::ssize(images_); }
  ImageShape shape() const override { return shape_; }
  std::span<const std::int32_t> labels() const override { return labels_; }
  std::vector<std::string> class_names() const override { return class_names_; }
  void read(std::span<const std::int64_t> indices, std::span<float> images) const override {
    auto out = images.begin();
    for (const auto index : indices) {
      if (index < 0 || index >= size()) throw std::out_of_range("image " + std::to_string(index) + " does not exist");
      const auto& bytes = images_[static_cast<std::size_t>(index)].bytes;
      for (std::int64_t i = 0; i < shape_.size(); ++i) {
        std::uint16_t value;
        std::memcpy(&value, bytes.data() + bytes.size() - 2 * static_cast<std::size_t>(shape_.size() - i), 2);
        *out++ = static_cast<float>(value) / 65535;
      }
    }
  }

 private:
  std::vector<MappedBytes> images_;  ///< height and width as 32 bits each, then the values
  ImageShape shape_;
  std::vector<std::int32_t> labels_;
  std::vector<std::string> class_names_;
};

class ImageFolder final : public Dataset {
 public:
  struct Params {
    fs::path train, test;
    bool colour = true;
    std::int64_t height = 0, width = 0;
    Fit fit = Fit::crop;
    double background = 0;
  };
  static void declare(ParamTable<Params>& table) {
    table
        .add("train", &Params::train,
             "folder of the training images, PNG or JPEG; the folders in it are the classes; without any, there are no "
             "labels")
        .add("test", &Params::test, "folder of the test images; empty: test_share of the others is drawn for it")
        .add("colour", &Params::colour, "read red, green and blue; else grey, the luma of BT.601")
        .add("height", &Params::height, {0, 65536},
             "height of the images; 0: that of the files, which must all be alike")
        .add("width", &Params::width, {0, 65536}, "width of the images; 0: that of the files, which must all be alike")
        .add(
            "fit", &Params::fit, {{"crop", Fit::crop}, {"stretch", Fit::stretch}},
            "how files of another shape are fitted: scaled to cover the size and cut evenly at both ends, or stretched")
        .add("background", &Params::background, {0, 1}, "grey value that is seen through transparent pixels");
  }

  explicit ImageFolder(Params params) : params_(std::move(params)) {
    if ((params_.height == 0) != (params_.width == 0))
      throw std::invalid_argument("set both height and width or neither");
  }

  std::unique_ptr<Samples> open(Split split, DataAccess& data) const override {
    if (params_.train.empty()) throw std::runtime_error("train is empty; set it to a folder of images");
    const bool trains = split == Split::train;
    if (split == Split::validation || (!trains && params_.test.empty())) return nullptr;
    const auto train = named("train", [&] { return listing_of(params_.train); });
    const auto names = classes_of(train);
    const std::string key = trains ? "train" : "test";
    return named(key, [&]() -> std::unique_ptr<Samples> {
      const auto listing = trains ? train : listing_of(params_.test);
      const auto first = open_image(train.files.front(), data);
      std::vector<MappedBytes> images;
      for (const auto& file : listing.files) {
        images.push_back(open_image(file, data));
        if (size_of(images.back()) == size_of(first)) continue;
        throw std::runtime_error(file.string() + ": has " + text_of(size_of(images.back())) + " pixels, but " +
                                 train.files.front().string() + " has " + text_of(size_of(first)) +
                                 "; set height and width to bring all to one size");
      }
      const auto [height, width] = size_of(first);
      return std::make_unique<FolderSamples>(std::move(images), ImageShape{params_.colour ? 3 : 1, height, width},
                                             labels_of(listing, names), names);
    });
  }

 private:
  using Size = std::pair<std::int32_t, std::int32_t>;  // height, width

  static Size size_of(const MappedBytes& image) {
    Size size;
    std::memcpy(&size.first, image.bytes.data(), 4);
    std::memcpy(&size.second, image.bytes.data() + 4, 4);
    return size;
  }
  static std::string text_of(const Size& size) {
    return std::to_string(size.second) + " x " + std::to_string(size.first);
  }

  static std::vector<std::int32_t> labels_of(const Listing& listing, const std::vector<std::string>& names) {
    std::vector<std::int32_t> labels;
    for (std::size_t i = 0; i < listing.files.size(); ++i) {
      if (names.empty() && listing.folders[i].empty()) continue;
      const auto found = std::ranges::find(names, listing.folders[i]);
      if (found == names.end()) {
        throw std::runtime_error(listing.files[i].string() + ": the training images have no folder '" +
                                 listing.folders[i] + "'");
      }
      labels.push_back(static_cast<std::int32_t>(found - names.begin()));
    }
    return labels;
  }

  /// Returns the image of a file in its final form, from the cache if it was decoded before.
  MappedBytes open_image(const fs::path& file, DataAccess& data) const {
    const pictures::Form form{params_.colour ? 3 : 1, params_.height, params_.width, params_.fit == Fit::crop,
                              params_.background};
    const auto decoder = "image-1 " + std::to_string(form.channels) + " " + std::to_string(form.height) + "x" +
                         std::to_string(form.width) + (form.crops ? " crop " : " stretch ") +
                         std::to_string(form.background);
    return data.decoded(file, decoder, [&](const MappedBytes& source, const DataAccess::Write& write) {
      const auto picture = pictures::decode(source);
      const auto values = pictures::formed(picture, form);
      const std::int32_t size[2] = {static_cast<std::int32_t>(form.height > 0 ? form.height : picture.height),
                                    static_cast<std::int32_t>(form.width > 0 ? form.width : picture.width)};
      write({reinterpret_cast<const std::uint8_t*>(size), sizeof(size)});
      write({reinterpret_cast<const std::uint8_t*>(values.data()), 2 * values.size()});
    });
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<ImageFolder>(
    "image_folder", "Images from folders of PNG and JPEG files, brought to one size; each folder is a class."))
