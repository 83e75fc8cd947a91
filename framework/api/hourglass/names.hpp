// Names of an enumeration's members, as people write them in experiment files.
#pragma once

#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace hourglass {

/// A name for each member of `E`: `Names<Reduction>{{"mean", Reduction::mean}, {"sum", Reduction::sum}}`.
template <class E>
using Names = std::vector<std::pair<std::string, E>>;

/// Returns the name of a member, or "" when it has none.
template <class E>
std::string name_of(const Names<E>& names, std::type_identity_t<E> value) {
  const auto found = std::ranges::find(names, value, &Names<E>::value_type::second);
  return found == names.end() ? std::string() : found->first;
}

}  // namespace hourglass
