// Reads the JSON files of runs and experiments.
#include "results/json_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/hash.hpp"
#include "results/number.hpp"

namespace hourglass::results {
namespace {

namespace fs = std::filesystem;

constexpr const char* kChecksum = "checksum";

/// Says how to repair a damaged file.
std::string fix_of(const fs::path& file) {
  return fmt::format("the file was changed after it was written; run its experiment again, which {}",
                     file.filename() == "cells.json" ? "sets it aside and makes a new list" : "makes it again");
}

Json parse(const fs::path& file, const std::string& text) {
  try {
    return Json::parse(text);
  } catch (const base::JsonError& error) {
    if (!error.offset()) {
      throw base::UserError(
          fmt::format("{}: contains a number that is too large for a double; {}", file.string(), fix_of(file)));
    }
    const auto offset = *error.offset();
    const auto begin = text.begin(), end = begin + static_cast<std::ptrdiff_t>(offset);
    const auto line = std::count(begin, end, '\n') + 1;
    const auto last_break = text.rfind('\n', offset == 0 ? 0 : offset - 1);
    const auto column = offset - (last_break == std::string::npos || line == 1 ? 0 : last_break + 1) + 1;
    const auto what = offset >= text.size() ? std::string("the file ends too early") : "this is not JSON";
    throw base::UserError(fmt::format("{}:{}:{}: {}; {}", file.string(), line, column, what, fix_of(file)));
  }
}

/// Returns the text of a file, which must exist.
std::string text_in(const fs::path& file) {
  auto text = base::read_existing(file);
  return text ? std::move(*text) : base::read_file(file);  // which says why there is none
}

std::string checksum_of(const fs::path& file, const Json& object) {
  return base::hash_hex(place_of(file) + '\n' + json_text(object));
}

/// Throws UserError if an object that was read from `file` has a checksum of something else.
void verify(const fs::path& file, const Json& object) {
  if (!object.contains(kChecksum)) return;
  auto rest = object.members();
  std::erase_if(rest, [](const Json::Member& member) { return member.key == kChecksum; });
  if (object.at(kChecksum) != Json(checksum_of(file, Json(std::move(rest)))))
    throw base::UserError(fmt::format("{}: its contents do not match its checksum; {}", file.string(), fix_of(file)));
}

}  // namespace

Json json_number(double value) { return std::isfinite(value) ? Json(value) : Json(number_text(value)); }

std::string json_text(const Json& value) { return value.dump(2) + '\n'; }

std::string place_of(const fs::path& file) {
  const auto path = fs::absolute(file).lexically_normal();
  return path.parent_path().filename().string() + "/" + path.filename().string();
}

void write_json(const fs::path& file, const Json& object) {
  auto sealed = object;
  sealed[kChecksum] = checksum_of(file, object);
  base::write_file(file, json_text(sealed));
}

JsonObject::JsonObject(const fs::path& file) : JsonObject(file, text_in(file)) {}

JsonObject::JsonObject(fs::path file, const std::string& text) : file_(std::move(file)), value_(parse(file_, text)) {
  if (!value_.is_object()) {
    throw base::UserError(fmt::format("{}: expected a JSON object, but got a JSON {}; {}", file_.string(),
                                      value_.type_name(), fix_of(file_)));
  }
  verify(file_, value_);
}

std::optional<JsonObject> JsonObject::existing(const fs::path& file) {
  const auto text = base::read_existing(file);
  return text ? std::optional(JsonObject(file, *text)) : std::nullopt;
}

void JsonObject::damaged(const std::string& key, const std::string& expected) const {
  auto got = value_.contains(key) ? "got " + json_text(value_.at(key)) : "it is missing";
  if (got.back() == '\n') got.pop_back();  // the end of json_text()
  throw base::UserError(
      fmt::format("{}: expected {} for {}{}, but {}; {}", file_.string(), expected, place_, key, got, fix_of(file_)));
}

std::string JsonObject::text(const std::string& key) const {
  if (!has(key) || !value_.at(key).is_text()) damaged(key, "a string");
  return value_.at(key).to_text();
}

std::int64_t JsonObject::whole(const std::string& key) const {
  if (!has(key) || !value_.at(key).is_whole() || value_.at(key).to_whole() < 0)
    damaged(key, "an integer of at least 0");
  return value_.at(key).to_whole();
}

double JsonObject::number(const std::string& key) const {
  if (has(key) && value_.at(key).is_number()) return value_.at(key).to_number();
  if (has(key) && value_.at(key).is_text()) {
    const auto value = number_of(value_.at(key).to_text());
    if (value && !std::isfinite(*value)) return *value;
  }
  damaged(key, R"(a number, "inf", "-inf" or "nan")");
}

std::vector<JsonObject> JsonObject::objects(const std::string& key) const {
  if (!has(key) || !value_.at(key).is_array()) damaged(key, "an array of objects");
  std::vector<JsonObject> objects;
  for (const auto& value : value_.at(key).elements()) {
    if (!value.is_object()) damaged(key, "an array of objects");
    objects.push_back(JsonObject(file_, fmt::format("{}{}[{}].", place_, key, objects.size()), value));
  }
  return objects;
}

std::map<std::string, std::string> JsonObject::texts(const std::string& key) const {
  if (!has(key) || !value_.at(key).is_object()) damaged(key, "an object of strings");
  std::map<std::string, std::string> texts;
  for (const auto& [name, value] : value_.at(key).members()) {
    if (!value.is_text()) damaged(key, "an object of strings");
    texts[name] = value.to_text();
  }
  return texts;
}

std::vector<std::pair<std::string, Field>> JsonObject::values(const std::string& key) const {
  constexpr const char* kExpected = "an object of strings and numbers";
  if (!has(key) || !value_.at(key).is_object()) damaged(key, kExpected);
  std::vector<std::pair<std::string, Field>> values;
  for (const auto& [name, value] : value_.at(key).members()) {
    if (value.is_text()) {
      const auto text = value.to_text();
      const auto number = number_of(text);
      if (number && !std::isfinite(*number) && text == number_text(*number)) {
        values.emplace_back(name, *number);
      } else {
        values.emplace_back(name, text);
      }
    } else if (value.is_whole()) {
      values.emplace_back(name, value.to_whole());
    } else if (value.is_number()) {
      values.emplace_back(name, value.to_number());
    } else if (value.is_null()) {
      values.emplace_back(name, Field());
    } else {
      damaged(key, kExpected);
    }
  }
  return values;
}

}  // namespace hourglass::results
