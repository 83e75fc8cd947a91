// Commands that messages tell users to copy.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass::run {

/// Returns a word as a POSIX shell reads it back: in single quotes if it has characters that the shell interprets.
std::string shell_word(std::string_view word);

/// The default of --results.
inline constexpr const char* kResultsFolder = "results";

/// Returns `hourglass WORD ... --results DIR --plugin-path DIR ...`, each word quoted for a shell where necessary and
/// without the default of --results.
std::string hourglass_command(const std::vector<std::string>& words, const std::filesystem::path& results,
                              const std::vector<std::string>& plugin_path = {});

}  // namespace hourglass::run
