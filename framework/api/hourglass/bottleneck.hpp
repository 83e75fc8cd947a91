// Bottlenecks: what stands between encoder and decoder, and which codes it favours.
#pragma once

#include <cstdint>

#include "hourglass/architecture.hpp"
#include "hourglass/plugin.hpp"

namespace hourglass {

struct Code {
  Node code;                ///< [N, K]: what tasks see
  Node decoder_input = {};  ///< what the decoder gets, when that is not the code: a noisy or quantised one in training
  bool sparse = false;      ///< most units are exactly zero: how many, and which never are, is measured, as it is of a
                            ///< relu's units anyway
};

class Bottleneck : public Component {
 public:
  static constexpr const char* kKind = "bottleneck";

  /// Describes features [N, H] -> code [N, size], often from code_units(), and adds penalties to the loss by name.
  virtual Code constrain(Graph& graph, const Encoding& encoding, std::int64_t size) const = 0;
};

}  // namespace hourglass
