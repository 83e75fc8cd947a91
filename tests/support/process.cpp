#include "support/process.hpp"

#include <stdlib.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "base/subprocess.hpp"

namespace hourglass::test {

Finished launch(const Launch& launch) {
  using base::Subprocess;
  Subprocess process{.command = launch.command,
                     .folder = launch.folder,
                     .environment = launch.environment,
                     .errors = Subprocess::Stream::captured};
  if (launch.kill_after) process.kill = {*launch.kill_after, launch.signal};
  auto [code, output, errors] = base::run_subprocess(process);
  return {code, std::move(output), std::move(errors)};
}

std::filesystem::path program() { return std::filesystem::path(HOURGLASS_BINARY_DIR) / "bin" / "hourglass"; }

Finished hourglass(const std::filesystem::path& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), program().string());
  return launch({.command = std::move(arguments), .folder = folder});
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "hourglass-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void write(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace hourglass::test
