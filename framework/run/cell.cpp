#include "run/cell.hpp"

#include <fmt/format.h>

#include "base/hash.hpp"

namespace hourglass::run {
namespace {

struct WriteValue {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(const std::string& value) const { return value; }
  template <class T>
  std::string operator()(const T& value) const {
    return fmt::format("{}", value);
  }
  template <class T>
  std::string operator()(const std::vector<T>& values) const {
    std::string text;
    for (const auto& value : values) text += (text.empty() ? "" : ",") + (*this)(value);
    return "[" + text + "]";
  }
};

}  // namespace

std::string label_of(const experiment::Assignment& assignment) {
  return fmt::format("{}={}", assignment.path, std::visit(WriteValue{}, assignment.value));
}

std::string Cell::label() const {
  std::string text;
  for (const auto& assignment : assignments) text += label_of(assignment) + " ";
  return text + fmt::format("seed={}", seed);
}

std::string cell_id(const Cell& cell, const std::string& data_hash) {
  return base::hash_hex(cell.config.to_toml() + "\ndata " + data_hash).substr(0, 16);
}

}  // namespace hourglass::run
