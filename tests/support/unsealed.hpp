// Files of results as if they were written by hand.
#pragma once

#include <string>

namespace hourglass::test {

/// Returns the text of a JSON file or of a run's experiment.toml without its checksum, so that a test can compare or
/// change the rest.
inline std::string unsealed(std::string text) {
  if (const auto comment = text.rfind("# checksum "); comment != std::string::npos) return text.erase(comment);
  const std::string key = ",\n  \"checksum\": \"";
  const auto at = text.rfind(key);
  return at == std::string::npos ? text : text.erase(at, key.size() + 32 + 1);
}

}  // namespace hourglass::test
