#include "experiment/origin.hpp"

#include "host/value_text.hpp"

namespace hourglass::experiment {

std::string to_string(const Origin& origin) {
  switch (origin.kind) {
    case Origin::Kind::default_value: return "default";
    case Origin::Kind::override: return "command line";
    case Origin::Kind::sweep: return "sweep";
    default: return origin.file + ":" + std::to_string(origin.line) + ":" + std::to_string(origin.column);
  }
}

std::string place_text(const Origin& origin) {
  constexpr std::size_t kLongest = 1000;  // of an override, which may be a long list
  if (origin.kind == Origin::Kind::override) return "command line: " + host::shortened(origin.file, kLongest);
  return origin.file + ":" + std::to_string(origin.line) + ":" + std::to_string(origin.column);
}

}  // namespace hourglass::experiment
