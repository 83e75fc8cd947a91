// The schema of experiment files: which tables and keys they may have, as declared by plugins and by the program.
#pragma once

#include <string>
#include <vector>

#include "base/alternative.hpp"
#include "hourglass/plugin.hpp"

namespace hourglass::experiment {

/// One table of the experiment file.
struct TableSchema {
  std::string path;      ///< "noise", "train", "train.optimizer", "task"; "" for the top-level keys
  std::string selector;  ///< the key that selects an alternative ("plugin", "name"); "" if there is only one
  std::vector<base::Alternative> alternatives;  ///< without a selector exactly one, unnamed
  std::string default_alternative;              ///< used if the table or its selector is missing; "": it is required
  std::vector<ParamSpec> common;                ///< keys of every alternative, such as bottleneck.size
  bool repeated = false;                        ///< a list of tables such as [[task]]
  std::string doc;                              ///< one sentence
  bool default_is_idle = false;                 ///< the default alternative does nothing
  Concerns concerns = Concerns::training;       ///< of the selector and of keys that do not declare otherwise
  std::string name_key = {};  ///< the key of `common` that names an entry of a repeated table; "": entries are unnamed
  std::vector<std::string> reserved_names = {};  ///< of entries that the program adds itself
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
