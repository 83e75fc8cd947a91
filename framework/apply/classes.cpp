#include "apply/classes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/error.hpp"
#include "base/suggest.hpp"

namespace hourglass::apply {

void check_class(const Restored& restored, bool reads_labels, const Class& given) {
  if (reads_labels == given.has_value()) return;
  if (given) throw base::UserError("--class: the model does not read labels for this; leave it out");
  throw base::UserError(fmt::format("the model reads labels; give the class of the images, as in --class \"{}\"",
                                    restored.data.class_names().front()));
}

Class class_of(const Restored& restored, const std::string& name) {
  if (name.empty()) return std::nullopt;
  const auto all = restored.data.class_names();
  const auto found = std::ranges::find(all, name);
  if (found != all.end()) return static_cast<std::int32_t>(found - all.begin());
  const std::vector<std::string> names(all.begin(), all.end());
  throw base::UserError(names.empty() ? fmt::format("--class {}: the run's dataset has no classes; leave it out", name)
                                      : fmt::format("--class {}: expected one of {}{}", name, fmt::join(names, ", "),
                                                    base::did_you_mean(name, names)));
}

}  // namespace hourglass::apply
