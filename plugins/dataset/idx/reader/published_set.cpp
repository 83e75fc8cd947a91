#include "published_set.hpp"

#include <stdexcept>

namespace hourglass::idx {
namespace {

std::filesystem::path find(const std::vector<std::filesystem::path>& folders, const std::string& name,
                           const std::string& missing) {
  std::string dotted = name;
  dotted[name.find("-idx")] = '.';
  for (const auto& folder : folders) {
    for (const auto& file : {name, dotted, name + ".gz", dotted + ".gz"}) {
      if (std::filesystem::exists(folder / file)) return folder / file;
    }
  }
  std::string places;
  for (const auto& folder : folders) places += (places.empty() ? "" : " or ") + folder.string();
  throw std::runtime_error(name + " was not found in " + places + ", plain or with .gz; " + missing);
}

}  // namespace

SplitFiles find_split(Split split, const std::vector<std::filesystem::path>& folders, const std::string& missing) {
  const std::string stem = split == Split::train ? "train" : "t10k";
  return {{find(folders, stem + "-images-idx3-ubyte", missing)}, {find(folders, stem + "-labels-idx1-ubyte", missing)}};
}

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

}  // namespace hourglass::idx
