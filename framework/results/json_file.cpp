// Reading JSON files of a run.
#include "results/json_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "base/files.hpp"
#include "results/number.hpp"

namespace hourglass::results {
namespace {

/// What to do about a damaged file: a list of cells is written again by the next run, and a run by running its cell.
std::string fix_of(const std::filesystem::path& file) {
  return file.filename() == "cells.json"
             ? "the file was changed after it was written: delete it and run the experiment again, which trains "
               "nothing again"
             : "the file was changed after it was written: delete the run folder and run its cell again";
}

Json parse(const std::filesystem::path& file) {
  const auto text = base::read_file(file);
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    const auto offset = std::min(error.byte > 0 ? error.byte - 1 : 0, text.size());
    const auto begin = text.begin(), end = begin + static_cast<std::ptrdiff_t>(offset);
    const auto line = std::count(begin, end, '\n') + 1;
    const auto last_break = text.rfind('\n', offset == 0 ? 0 : offset - 1);
    const auto column = offset - (last_break == std::string::npos || line == 1 ? 0 : last_break + 1) + 1;
    const auto what = offset >= text.size() ? std::string("ends too early") : "is not JSON from here on";
    throw base::UserError(fmt::format("{}:{}:{}: {}; {}", file.string(), line, column, what, fix_of(file)));
  } catch (const Json::exception&) {
    throw base::UserError(fmt::format("{}: holds a number that no double can hold; {}", file.string(), fix_of(file)));
  }
}

}  // namespace

Json json_number(double value) { return std::isfinite(value) ? Json(value) : Json(number_text(value)); }

std::string json_text(const Json& value) { return value.dump(2, ' ', false, Json::error_handler_t::replace) + '\n'; }

JsonObject::JsonObject(const std::filesystem::path& file) : file_(file), value_(parse(file)) {
  if (!value_.is_object()) {
    throw base::UserError(
        fmt::format("{}: holds a JSON {}, expected an object; {}", file.string(), value_.type_name(), fix_of(file)));
  }
}

void JsonObject::damaged(const std::string& key, const std::string& expected) const {
  const auto found = value_.contains(key) ? fmt::format("{}{} is {}", place_, key, json_text(value_.at(key)))
                                          : fmt::format("{}{} is missing", place_, key);
  // json_text ends with a newline, which has no place in a sentence.
  throw base::UserError(fmt::format("{}: {}, expected {}; {}", file_.string(),
                                    found.back() == '\n' ? found.substr(0, found.size() - 1) : found, expected,
                                    fix_of(file_)));
}

std::string JsonObject::text(const std::string& key) const {
  if (!has(key) || !value_.at(key).is_string()) damaged(key, "a text");
  return value_.at(key).get<std::string>();
}

std::int64_t JsonObject::whole(const std::string& key) const {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!has(key) || !value_.at(key).is_number_unsigned() || value_.at(key).get<std::uint64_t>() > kMost) {
    damaged(key, "a whole number");
  }
  return value_.at(key).get<std::int64_t>();
}

double JsonObject::number(const std::string& key) const {
  if (has(key) && value_.at(key).is_number()) return value_.at(key).get<double>();
  if (has(key) && value_.at(key).is_string()) {
    const auto value = number_of(value_.at(key).get<std::string>());
    if (value && !std::isfinite(*value)) return *value;
  }
  damaged(key, R"(a number, "inf", "-inf" or "nan")");
}

std::vector<JsonObject> JsonObject::objects(const std::string& key) const {
  if (!has(key) || !value_.at(key).is_array()) damaged(key, "an array of objects");
  std::vector<JsonObject> objects;
  for (const auto& value : value_.at(key)) {
    if (!value.is_object()) damaged(key, "an array of objects");
    objects.push_back(JsonObject(file_, fmt::format("{}{}[{}].", place_, key, objects.size()), value));
  }
  return objects;
}

std::map<std::string, std::string> JsonObject::texts(const std::string& key) const {
  if (!has(key) || !value_.at(key).is_object()) damaged(key, "an object of texts");
  std::map<std::string, std::string> texts;
  for (const auto& [name, value] : value_.at(key).items()) {
    if (!value.is_string()) damaged(key, "an object of texts");
    texts[name] = value.get<std::string>();
  }
  return texts;
}

std::vector<std::pair<std::string, Field>> JsonObject::values(const std::string& key) const {
  constexpr const char* kExpected = "an object of texts and numbers";
  if (!has(key) || !value_.at(key).is_object()) damaged(key, kExpected);
  std::vector<std::pair<std::string, Field>> values;
  for (const auto& [name, value] : value_.at(key).items()) {
    if (value.is_string()) {
      const auto text = value.get<std::string>();
      const auto number = number_of(text);
      if (number && !std::isfinite(*number)) {
        values.emplace_back(name, *number);
      } else {
        values.emplace_back(name, text);
      }
    } else if (value.is_number_integer()) {
      values.emplace_back(name, value.get<std::int64_t>());
    } else if (value.is_number()) {
      values.emplace_back(name, value.get<double>());
    } else if (value.is_null()) {
      values.emplace_back(name, Field());
    } else {
      damaged(key, kExpected);
    }
  }
  return values;
}

}  // namespace hourglass::results
