// Parameter tables: the host's view of a declaration, and the struct that values fill.
#include "hourglass/params.hpp"

#include <doctest/doctest.h>

using namespace hourglass;

namespace {

enum class Heading { up, down };

struct Everything {
  struct Params {
    bool flag = true;
    std::int64_t count = 3;
    double share = 0.5;
    std::string word = "one";
    std::vector<std::int64_t> widths = {1, 2};
    std::vector<double> weights = {0.5};
    std::vector<std::string> words = {"one"};
    Heading direction = Heading::down;
    std::filesystem::path file = "/data";
  };
  static void declare(ParamTable<Params>& table) {
    table.add("flag", &Params::flag, "a boolean")
        .add("count", &Params::count, {0, 10}, "a number of things", Concerns::nothing)
        .add("share", &Params::share, {0, 1}, "a share")
        .add("word", &Params::word, Choices{{"one", "two"}}, "a word", Concerns::evaluation)
        .add("widths", &Params::widths, {1, 9}, "some widths")
        .add("weights", &Params::weights, {0, 1}, "some weights")
        .add("words", &Params::words, Choices{}, "some words")
        .add("direction", &Params::direction, {{"up", Heading::up}, {"down", Heading::down}}, "where to")
        .add("file", &Params::file, "a file");
  }
};

}  // namespace

TEST_CASE("params: the table holds every declaration, with the members' initialisers as defaults") {
  const auto& specs = params_of<Everything>().specs();
  REQUIRE(specs.size() == 9);
  CHECK(specs[0].default_value == Value(true));
  CHECK(specs[1].default_value == Value(std::int64_t{3}));
  CHECK(specs[1].range.max == 10);
  CHECK(specs[3].choices == std::vector<std::string>{"one", "two"});
  CHECK(specs[4].default_value == Value(std::vector<std::int64_t>{1, 2}));
  CHECK(specs[0].concerns == Concerns::inherited);
  CHECK(specs[1].concerns == Concerns::nothing);
  CHECK(specs[3].concerns == Concerns::evaluation);
}

TEST_CASE("params: an enumeration is a string with choices, a path a string that is marked") {
  const auto& specs = params_of<Everything>().specs();
  CHECK(specs[7].default_value == Value(std::string("down")));
  CHECK(specs[7].choices == std::vector<std::string>{"up", "down"});
  CHECK(!specs[7].is_path);
  CHECK(specs[8].default_value == Value(std::string("/data")));
  CHECK(specs[8].is_path);
}

TEST_CASE("params: values in the order of declaration fill the struct") {
  const auto params = params_of<Everything>().bind(
      {false, std::int64_t{4}, 0.25, std::string("two"), std::vector<std::int64_t>{}, std::vector<double>{1, 0},
       std::vector<std::string>{"a", "b"}, std::string("up"), std::string("/tmp/x")});
  CHECK(!params.flag);
  CHECK(params.count == 4);
  CHECK(params.share == 0.25);
  CHECK(params.word == "two");
  CHECK(params.widths.empty());
  CHECK(params.weights == std::vector<double>{1, 0});
  CHECK(params.words == std::vector<std::string>{"a", "b"});
  CHECK(params.direction == Heading::up);
  CHECK(params.file == "/tmp/x");
}

TEST_CASE("params: an enumerator without a name is a default outside the choices") {
  struct Nameless {
    struct Params {
      Heading direction = Heading::down;
    };
  };
  ParamTable<Nameless::Params> table;
  table.add("direction", &Nameless::Params::direction, {{"up", Heading::up}}, "where to");
  CHECK(table.specs()[0].default_value == Value(std::string()));
}
