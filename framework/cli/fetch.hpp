// Brings the files of a dataset: from the package manager or the web, checked, then put in place all at once.
#pragma once

#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "hourglass/dataset.hpp"

namespace hourglass::cli {

/// Thrown when Ctrl-C ended a fetch; nothing is left behind.
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted") {}
};

/// Returns those downloads whose file is not below `directory` with the right checksum.
std::vector<Download> missing_files(const std::vector<Download>& downloads, const std::filesystem::path& directory);

/// Fetches files into `directory`, which need not exist. The sources of each file are tried in order; a file with
/// another checksum is refused. Files are put in place, each by one rename, only when all of them are right. When that
/// fails, nothing is left behind and a UserError tells what each source lacked. `progress` gets lines for people.
void fetch_files(const std::vector<Download>& downloads, const std::filesystem::path& directory,
                 const std::function<void(const std::string&)>& progress);

}  // namespace hourglass::cli
