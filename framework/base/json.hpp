// JSON as a plain value. The parser is in json.cpp alone: its templates cost seconds in every file that includes them.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace hourglass::base {

/// A text that is not JSON, or a value that is not what was asked for.
class JsonError : public std::runtime_error {
 public:
  JsonError(const std::string& what, std::optional<std::size_t> offset = std::nullopt)
      : std::runtime_error(what), offset_(offset) {}

  /// Returns the byte from which on the text is not JSON (its size: the text ends too early), or nothing when another
  /// fault was found.
  std::optional<std::size_t> offset() const { return offset_; }

 private:
  std::optional<std::size_t> offset_;
};

/// A JSON value; objects keep the order of their members. Numbers with neither a fraction nor an exponent that fit are
/// `std::int64_t`, all others doubles. Not synchronised.
class Json {
 public:
  struct Member;
  using Array = std::vector<Json>;
  using Object = std::vector<Member>;

  Json();  ///< null
  Json(std::nullptr_t) : Json() {}
  Json(bool value);
  template <std::integral T>
  Json(T value) : Json(Number{static_cast<std::int64_t>(value)}) {}
  Json(double value);
  Json(const char* text);
  Json(std::string_view text);
  Json(std::string text);
  template <class T>
  Json(const std::vector<T>& values) : Json(Array(values.begin(), values.end())) {}
  Json(Array elements);
  Json(Object members);
  template <class T>
  Json(const std::map<std::string, T>& members);
  Json(std::initializer_list<Member> members);  ///< an object

  Json(const Json&);
  Json(Json&&) noexcept;
  Json& operator=(const Json&);
  Json& operator=(Json&&) noexcept;
  ~Json();

  static Json array();
  static Json object();

  /// Parses a text that is one JSON value. JsonError with the offset.
  static Json parse(std::string_view text);

  /// Returns the value as text, on one line or, with `indent` of at least 0, on several; bytes that are not UTF-8 are
  /// replaced.
  std::string dump(int indent = -1) const;

  bool is_null() const;
  bool is_text() const;
  bool is_whole() const;   ///< an integer
  bool is_number() const;  ///< an integer or a double
  bool is_array() const;
  bool is_object() const;
  const char* type_name() const;  ///< "null", "boolean", "number", "string", "array" or "object"

  // The value; JsonError when it is another type.
  bool to_bool() const;
  std::int64_t to_whole() const;
  double to_number() const;
  const std::string& to_text() const;
  const Array& elements() const&;
  Array elements() && { return std::as_const(*this).elements(); }
  const Object& members() const&;
  Object members() && { return std::as_const(*this).members(); }
  std::vector<double> to_numbers() const;  ///< of an array of numbers

  bool contains(std::string_view key) const;
  /// Returns a member of an object; JsonError when there is none.
  const Json& at(std::string_view key) const;
  /// Returns an element of an array, counted from 0; JsonError when there are not so many.
  const Json& at(std::size_t index) const;
  /// Returns a member of an object, which is added as null when there is none; a null becomes an object first.
  Json& operator[](std::string_view key);
  /// Adds an element to an array; a null becomes an array first.
  void push_back(Json element);

  bool operator==(const Json&) const;

  /// Calls `visitor` with the alternative that is held: std::nullptr_t, bool, std::int64_t, double, std::string, Array
  /// or Object.
  template <class Visitor>
  decltype(auto) visit(Visitor&& visitor) const {
    return std::visit(std::forward<Visitor>(visitor), value_);
  }

 private:
  struct Number {
    std::int64_t value;
  };
  explicit Json(Number number);

  template <class T>
  const T& as(const char* expected) const;
  const Json* find(std::string_view key) const;

  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object> value_;
};

struct Json::Member {
  std::string key;
  Json value;

  bool operator==(const Member&) const = default;
};

template <class T>
Json::Json(const std::map<std::string, T>& members) : Json(object()) {
  for (const auto& [key, value] : members) (*this)[key] = value;
}

}  // namespace hourglass::base
