#include "run/command.hpp"

#include <algorithm>

namespace hourglass::run {
namespace {

bool is_plain(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-./:=,+@%").find(static_cast<char>(c)) != std::string_view::npos;
}

}  // namespace

std::string shell_word(std::string_view word) {
  if (!word.empty() && std::ranges::all_of(word, is_plain)) return std::string(word);
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string hourglass_command(const std::vector<std::string>& words, const std::filesystem::path& results,
                              const std::vector<std::string>& plugin_path) {
  std::string command = "hourglass";
  for (const auto& word : words) command += " " + shell_word(word);
  if (results != kResultsFolder) command += " --results " + shell_word(results.string());
  for (const auto& folder : plugin_path) command += " --plugin-path " + shell_word(folder);
  return command;
}

}  // namespace hourglass::run
