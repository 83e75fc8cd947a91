// Which tables and keys an experiment file may have. Rooms and plugins declare them; nothing here knows any by name.
#pragma once

#include <string>
#include <vector>

#include "base/alternative.hpp"
#include "hourglass/plugin.hpp"

namespace hourglass::experiment {

/// One table of the experiment file.
struct TableSchema {
  std::string path;      ///< "noise", "train", "train.optimizer", "task"; "" for the keys above all tables
  std::string selector;  ///< the key that chooses an alternative ("plugin", "name"); "" when there is nothing to choose
  std::vector<base::Alternative> alternatives;  ///< exactly one, unnamed, without a selector
  std::string default_alternative;              ///< taken when the table or its selector is missing; "": it is required
  std::vector<ParamSpec> common;                ///< keys that every alternative has as well, such as bottleneck.size
  bool repeated = false;                        ///< written as [[task]], any number of times
  std::string doc;                              ///< one sentence
  bool default_is_idle = false;  ///< the default alternative does nothing, so that `common` has no effect with it
  Concerns concerns = Concerns::training;  ///< what the selector and every key concern that declares nothing else
  std::string name_key =
      {};  ///< of a repeated table: the key of `common` that names an entry; "": entries have no names
};

struct Schema {
  std::vector<TableSchema> tables;  ///< in the order in which resolved files are written
};

/// Makes the table of a struct with `Params` and `declare`, without alternatives.
template <class T>
TableSchema fixed_table(std::string path, std::string doc) {
  return {std::move(path), "", {{"", "", params_of<T>().specs()}}, "", {}, false, std::move(doc)};
}

}  // namespace hourglass::experiment
