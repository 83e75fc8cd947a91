#include "host/fetch_folder.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <system_error>

#include "base/error.hpp"
#include "base/hash.hpp"

namespace hourglass::host {

namespace fs = std::filesystem;

FetchFolder::FetchFolder(const fs::path& directory) : downloads_(directory / ".downloads") {
  for (auto folder = downloads_; !folder.empty() && !fs::exists(fs::symlink_status(folder));
       folder = folder.parent_path())
    created_.push_back(folder);
  std::error_code error;
  fs::create_directories(downloads_, error);
  std::string name = (downloads_ / "unpacked-XXXXXX").string();
  if (!error && !::mkdtemp(name.data())) error.assign(errno, std::generic_category());
  if (error) {
    remove_empty();
    throw base::UserError(fmt::format("{}: this folder cannot be created: {}", directory.string(), error.message()));
  }
  unpacked_ = name;
}

FetchFolder::~FetchFolder() {
  std::error_code ignored;
  fs::remove_all(unpacked_, ignored);
  for (const auto& file : rejected_) fs::remove(file, ignored);
  remove_empty();
}

fs::path FetchFolder::downloaded(const std::string& url) {
  constexpr std::size_t kMostNameBytes = 100;  // file systems allow 255, including the hash and suffixes
  auto file = downloads_ / (base::hash_hex(url) + "-" + file_name(url).substr(0, kMostNameBytes));
  downloaded_.insert(file);
  return file;
}

fs::path FetchFolder::unpacked() { return unpacked_ / std::to_string(count_++); }

void FetchFolder::remove_empty() {
  std::error_code ignored;  // folders that are not empty are kept
  fs::remove(downloads_, ignored);
  for (const auto& folder : created_) fs::remove(folder, ignored);
}

std::string file_name(const std::string& url) {
  const auto path = url.substr(0, url.find_first_of("?#"));
  return path.substr(path.rfind('/') + 1);
}

}  // namespace hourglass::host
