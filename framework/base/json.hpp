// JSON values. Only json.cpp includes the parser, whose templates add seconds to the compilation of every file.
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

/// Thrown for text that is not JSON, or for a value of another type than requested.
class JsonError : public std::runtime_error {
 public:
  JsonError(const std::string& what, std::optional<std::size_t> offset = std::nullopt)
      : std::runtime_error(what), offset_(offset) {}

  /// Returns the byte offset of a syntax error (the size of a text that ends too early), or nothing for other errors.
  std::optional<std::size_t> offset() const { return offset_; }

 private:
  std::optional<std::size_t> offset_;
};

/// A JSON value; objects keep the order of their members. Numbers without a fraction or an exponent are `std::int64_t`
/// if they fit; all others are doubles. Not thread-safe.
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

  /// Parses text that consists of one JSON value. Throws JsonError with the offset.
  static Json parse(std::string_view text);

  /// Returns the value as text, on one line or, if `indent` is at least 0, on several; bytes that are not UTF-8 are
  /// replaced.
  std::string dump(int indent = -1) const;

  bool is_null() const;
  bool is_text() const;
  bool is_whole() const;   ///< an integer
  bool is_number() const;  ///< an integer or a double
  bool is_array() const;
  bool is_object() const;
  const char* type_name() const;  ///< "null", "boolean", "number", "string", "array" or "object"

  // Return the value; throw JsonError if it has another type.
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
  /// Returns a member of an object; throws JsonError if there is none.
  const Json& at(std::string_view key) const;
  /// Returns an element of an array, counted from 0; throws JsonError if the index is out of range.
  const Json& at(std::size_t index) const;
  /// Returns a member of an object, added as null if there is none; a null becomes an object first.
  Json& operator[](std::string_view key);
  /// Appends an element to an array; a null becomes an array first. Throws JsonError for other types.
  void push_back(Json element);

  bool operator==(const Json&) const;

  /// Calls `visitor` with the stored alternative: std::nullptr_t, bool, std::int64_t, double, std::string, Array
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
