// Reads JSON files of runs and experiments. Anything unexpected is a UserError with the file, the key and the value.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "results/table.hpp"

namespace hourglass::results {

using base::Json;

/// Returns a number as JSON; infinities and NaN as the strings `"inf"`, `"-inf"` and `"nan"`.
Json json_number(double value);

/// Returns the text of a JSON value, indented by two spaces, with a final newline; bytes that are not UTF-8 are
/// replaced.
std::string json_text(const Json& value);

/// Writes an object to a file. Its last key, `checksum`, is the XXH3 hash of the names of the file and of its folder,
/// and of json_text() of the rest: a changed value is noticed, and so is a file that belongs to another run. Spaces do
/// not count. Throws UserError if the file cannot be written.
void write_json(const std::filesystem::path& file, const Json& object);

/// Returns the names of a file and of its folder, which its checksum covers: "c310252e501cd578/status.json".
std::string place_of(const std::filesystem::path& file);

/// One object of a JSON file. Every reader throws UserError if the key is missing or its value has another type.
class JsonObject {
 public:
  /// Reads a file that contains one object. Checks its checksum; a file without one was written by hand or by an
  /// earlier version.
  explicit JsonObject(const std::filesystem::path& file);
  /// The same, or nothing if there is no file. Throws UserError if there is something else in its place.
  static std::optional<JsonObject> existing(const std::filesystem::path& file);

  bool has(const std::string& key) const { return value_.contains(key); }
  std::string text(const std::string& key) const;
  std::int64_t whole(const std::string& key) const;  ///< at least 0
  double number(const std::string& key) const;       ///< as written by json_number()
  std::vector<JsonObject> objects(const std::string& key) const;
  std::map<std::string, std::string> texts(const std::string& key) const;  ///< an object with only strings

  /// Returns the entries of an object of strings, numbers and nulls, in the file's order.
  std::vector<std::pair<std::string, Field>> values(const std::string& key) const;

  /// Throws the UserError for a value that is not what is `expected`, such as "a string".
  [[noreturn]] void damaged(const std::string& key, const std::string& expected) const;

 private:
  JsonObject(std::filesystem::path file, const std::string& text);
  JsonObject(std::filesystem::path file, std::string place, Json value)
      : file_(std::move(file)), place_(std::move(place)), value_(std::move(value)) {}

  std::filesystem::path file_;
  std::string place_;  ///< what precedes keys in messages: "metrics[2]."
  Json value_;
};

}  // namespace hourglass::results
