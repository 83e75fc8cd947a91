// Reading JSON files of a run: every surprise becomes a UserError with the file, the place and what was found.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "results/table.hpp"

namespace hourglass::results {

using Json = nlohmann::ordered_json;

/// Returns a number as JSON, `"inf"`, `"-inf"` or `"nan"` as a string.
Json json_number(double value);

/// Returns the text of a JSON value, two spaces deep, with a newline; bytes that are not UTF-8 are replaced.
std::string json_text(const Json& value);

/// One object of a JSON file, with what an error message needs.
class JsonObject {
 public:
  /// Reads a file whose top is an object.
  explicit JsonObject(const std::filesystem::path& file);

  bool has(const std::string& key) const { return value_.contains(key); }
  std::string text(const std::string& key) const;
  std::int64_t whole(const std::string& key) const;  ///< at least 0
  double number(const std::string& key) const;       ///< of json_number
  std::vector<JsonObject> objects(const std::string& key) const;
  std::map<std::string, std::string> texts(const std::string& key) const;  ///< of an object that holds texts alone

  /// The entries of an object of texts, numbers and nulls, in the file's order; numbers as by number() and whole().
  std::vector<std::pair<std::string, Field>> values(const std::string& key) const;

  [[noreturn]] void damaged(const std::string& key, const std::string& expected) const;

 private:
  JsonObject(std::filesystem::path file, std::string place, Json value)
      : file_(std::move(file)), place_(std::move(place)), value_(std::move(value)) {}

  std::filesystem::path file_;
  std::string place_;  ///< "metrics[2]." before keys
  Json value_;
};

}  // namespace hourglass::results
