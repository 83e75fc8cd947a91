#include "bench/precisions.hpp"

#include "base/error.hpp"

namespace hourglass::bench {

std::string name_of(compute::Precision precision) { return hourglass::name_of(compute::precision_names(), precision); }

Precisions choose_precisions(const std::string& word, const std::string& missing) {
  using compute::Precision;
  if (word == "f32") return {{Precision::f32}, ""};
  if (missing.empty()) {
    return {word == "both" ? std::vector{Precision::f32, Precision::bf16} : std::vector{Precision::bf16}, ""};
  }
  if (word == "both") return {{Precision::f32}, "bf16 is skipped: it needs " + missing};
  throw base::UserError("option '--precision': bf16 needs " + missing + "; use f32 on this machine");
}

}  // namespace hourglass::bench
