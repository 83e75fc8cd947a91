#include "base/json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace hourglass::base {
namespace {

using Library = nlohmann::ordered_json;

Json from(const Library& value) {
  switch (value.type()) {
    case Library::value_t::boolean: return value.get<bool>();
    case Library::value_t::number_integer: return value.get<std::int64_t>();
    case Library::value_t::number_unsigned: {
      const auto number = value.get<std::uint64_t>();
      return std::in_range<std::int64_t>(number) ? Json(static_cast<std::int64_t>(number))
                                                 : Json(static_cast<double>(number));
    }
    case Library::value_t::number_float: return value.get<double>();
    case Library::value_t::string: return value.get<std::string>();
    case Library::value_t::array: {
      Json::Array elements;
      for (const auto& element : value) elements.push_back(from(element));
      return elements;
    }
    case Library::value_t::object: {
      Json::Object members;
      for (const auto& [key, member] : value.items()) members.push_back({key, from(member)});
      return members;
    }
    default: return nullptr;
  }
}

struct ToLibrary {
  Library operator()(const Json::Array& elements) const {
    auto array = Library::array();
    for (const auto& element : elements) array.push_back(element.visit(*this));
    return array;
  }
  Library operator()(const Json::Object& members) const {
    auto object = Library::object();
    for (const auto& [key, value] : members) object.push_back({key, value.visit(*this)});
    return object;
  }
  Library operator()(const auto& value) const { return value; }
};

}  // namespace

Json::Json() = default;
Json::Json(bool value) : value_(value) {}
Json::Json(double value) : value_(value) {}
Json::Json(const char* text) : value_(std::string(text)) {}
Json::Json(std::string_view text) : value_(std::string(text)) {}
Json::Json(std::string text) : value_(std::move(text)) {}
Json::Json(Array elements) : value_(std::move(elements)) {}
Json::Json(Number number) : value_(number.value) {}
Json::Json(Object members) : value_(std::move(members)) {}
Json::Json(std::initializer_list<Member> members) : value_(Object(members)) {}
Json::Json(const Json&) = default;
Json::Json(Json&&) noexcept = default;
Json& Json::operator=(const Json&) = default;
Json& Json::operator=(Json&&) noexcept = default;
Json::~Json() = default;

Json Json::array() { return Array(); }
Json Json::object() { return Object(); }

Json Json::parse(std::string_view text) {
  try {
    return from(Library::parse(text));
  } catch (const Library::parse_error& error) {
    throw JsonError(error.what(), std::min(error.byte > 0 ? error.byte - 1 : 0, text.size()));
  } catch (const Library::exception& error) {
    throw JsonError(error.what());
  }
}

std::string Json::dump(int indent) const {
  return visit(ToLibrary()).dump(indent, ' ', false, Library::error_handler_t::replace);
}

bool Json::is_null() const { return std::holds_alternative<std::nullptr_t>(value_); }
bool Json::is_text() const { return std::holds_alternative<std::string>(value_); }
bool Json::is_whole() const { return std::holds_alternative<std::int64_t>(value_); }
bool Json::is_number() const { return is_whole() || std::holds_alternative<double>(value_); }
bool Json::is_array() const { return std::holds_alternative<Array>(value_); }
bool Json::is_object() const { return std::holds_alternative<Object>(value_); }

const char* Json::type_name() const {
  constexpr const char* kNames[] = {"null", "boolean", "number", "number", "string", "array", "object"};
  return kNames[value_.index()];
}

template <class T>
const T& Json::as(const char* expected) const {
  if (const auto* held = std::get_if<T>(&value_)) return *held;
  throw JsonError(std::string("expected a JSON ") + expected + ", but got a JSON " + type_name());
}

bool Json::to_bool() const { return as<bool>("boolean"); }
std::int64_t Json::to_whole() const { return as<std::int64_t>("integer"); }
double Json::to_number() const { return is_whole() ? static_cast<double>(to_whole()) : as<double>("number"); }
const std::string& Json::to_text() const { return as<std::string>("string"); }
const Json::Array& Json::elements() const& { return as<Array>("array"); }
const Json::Object& Json::members() const& { return as<Object>("object"); }

std::vector<double> Json::to_numbers() const {
  std::vector<double> numbers;
  for (const auto& element : elements()) numbers.push_back(element.to_number());
  return numbers;
}

const Json* Json::find(std::string_view key) const {
  const auto found = std::ranges::find(members(), key, &Member::key);
  return found == members().end() ? nullptr : &found->value;
}

bool Json::contains(std::string_view key) const { return is_object() && find(key) != nullptr; }

const Json& Json::at(std::string_view key) const {
  if (const auto* found = find(key)) return *found;
  throw JsonError("the JSON object has no member '" + std::string(key) + "'");
}

const Json& Json::at(std::size_t index) const {
  if (index < elements().size()) return elements()[index];
  throw JsonError("index " + std::to_string(index) + " is out of range: the JSON array has " +
                  std::to_string(elements().size()) + " elements");
}

Json& Json::operator[](std::string_view key) {
  if (is_null()) value_ = Object();
  if (const auto* found = find(key)) return const_cast<Json&>(*found);
  auto& members = std::get<Object>(value_);
  members.push_back({std::string(key), nullptr});
  return members.back().value;
}

void Json::push_back(Json element) {
  if (is_null()) value_ = Array();
  if (!is_array()) throw JsonError(std::string("expected a JSON array, but got a JSON ") + type_name());
  std::get<Array>(value_).push_back(std::move(element));
}

bool Json::operator==(const Json&) const = default;

}  // namespace hourglass::base
