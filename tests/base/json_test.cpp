// JSON values: written values are read back, and wrong accesses are refused.
#include "base/json.hpp"

#include <doctest/doctest.h>

#include <limits>

using hourglass::base::Json;
using hourglass::base::JsonError;

TEST_CASE("json: values of all types are written in order and read back") {
  const Json json = {{"text", "a \"b\"\n"},    {"whole", -3},
                     {"number", 0.1},          {"yes", true},
                     {"nothing", nullptr},     {"list", std::vector{1.5, 2.0}},
                     {"empty", Json::array()}, {"object", Json{{"z", 1}, {"a", 2}}}};
  CHECK(json.dump() == R"({"text":"a \"b\"\n","whole":-3,"number":0.1,"yes":true,"nothing":null,"list":[1.5,2.0],)"
                       R"("empty":[],"object":{"z":1,"a":2}})");
  CHECK(Json::parse(json.dump()) == json);
  CHECK(Json::parse(json.dump(2)) == json);
}

TEST_CASE("json: integers up to 2^63 - 1 are exact, larger ones are doubles") {
  CHECK(Json::parse("9223372036854775807").to_whole() == std::numeric_limits<std::int64_t>::max());
  const auto larger = Json::parse("9223372036854775808");
  CHECK_FALSE(larger.is_whole());
  CHECK(larger.to_number() == 9223372036854775808.0);
  CHECK(Json::parse("3").to_number() == 3);
  CHECK_FALSE(Json::parse("3.0").is_whole());
}

TEST_CASE("json: bytes that are not UTF-8 are replaced") { CHECK(Json("a\xff").dump() == "\"a\xef\xbf\xbd\""); }

TEST_CASE("json: text that is not JSON is refused with the location of the error") {
  const auto offset_in = [](const char* text) {
    try {
      Json::parse(text);
    } catch (const JsonError& error) {
      return error.offset();
    }
    FAIL("was read");
    return std::optional<std::size_t>();
  };
  CHECK(offset_in("[1, x]") == 4);
  CHECK(offset_in("[1, ") == 4);
  CHECK(offset_in("") == 0);
  CHECK(offset_in("1e999") == std::nullopt);  // a number that no double holds
}

TEST_CASE("json: a value of another type, a missing member and a missing element are refused") {
  const Json json = {{"list", std::vector{1, 2}}, {"text", "a"}};
  CHECK_THROWS_WITH_AS(json.at("text").to_number(), "expected a JSON number, but got a JSON string", JsonError);
  CHECK_THROWS_WITH_AS(json.at("none"), "the JSON object has no member 'none'", JsonError);
  CHECK_THROWS_WITH_AS(json.at("list").at(2), "index 2 is out of range: the JSON array has 2 elements", JsonError);
  CHECK_THROWS_AS(json.at("text").at("more"), JsonError);
  CHECK_FALSE(json.at("text").contains("more"));
}
