// Runs programs as a user would, and captures their output.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hourglass::test {

struct Finished {
  int code = 0;  ///< exit code, or 128 + signal
  std::string out, err;
};

/// Runs `command` in `folder` and waits for it. With `kill_after`, sends `signal` after that time, unless it has ended.
struct Launch {
  std::vector<std::string> command;
  std::filesystem::path folder = ".";
  std::map<std::string, std::string> environment = {};
  std::optional<std::chrono::milliseconds> kill_after = {};
  int signal = 9;
};
Finished launch(const Launch& launch);

/// Runs the built program with these arguments in `folder`.
Finished hourglass(const std::filesystem::path& folder, std::vector<std::string> arguments);

/// Returns the path of the built program.
std::filesystem::path program();

/// A folder that is removed when the test ends.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

void write(const std::filesystem::path& path, const std::string& text);
std::string read(const std::filesystem::path& path);

}  // namespace hourglass::test
