// Tables of numbers: columns, labels, and the places of mistakes.
#include <doctest/doctest.h>

#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "host/data_access.hpp"
#include "hourglass/dataset.hpp"
#include "support/plugins.hpp"
#include "support/process.hpp"

using namespace hourglass;

namespace {

struct TableWorld {
  test::TemporaryFolder folder;
  host::HostData data{folder / "data", folder / "cache"};

  std::string put(const std::string& name, const std::string& text) const {
    test::write(folder / name, text);
    return (folder / name).string();
  }
  std::unique_ptr<Samples> open(std::map<std::string, Value> params, Split split = Split::train) {
    return test::make<Dataset>("csv", params)->open(split, data);
  }
  std::string error(const std::string& text, std::map<std::string, Value> params = {}) {
    params["train"] = put("t.csv", text);
    try {
      open(params);
    } catch (const std::exception& error) {
      std::string message = error.what();
      const auto prefix = folder.path().string() + "/";
      if (const auto at = message.find(prefix); at != std::string::npos) message.erase(at, prefix.size());
      return message;
    }
    return "";
  }
};

std::vector<float> rows_of(const Samples& samples) {
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < samples.size(); ++i) indices.push_back(i);
  std::vector<float> values(indices.size() * static_cast<std::size_t>(samples.shape().size()));
  samples.read(indices, values);
  return values;
}

}  // namespace

TEST_CASE("csv: columns are numbers, one of them the label, by name or by number") {
  TableWorld world;
  const auto file = world.put("t.csv", "a,\"the class\",b\r\n1,2,-3e2\r\n\r\n+4,0,\"5.5\"");
  for (const std::string label : {"the class", "1"}) {
    const auto samples = world.open({{"train", file}, {"label", label}});
    CHECK(samples->shape() == ImageShape{1, 1, 2});
    CHECK(rows_of(*samples) == std::vector<float>{1, -300, 4, 5.5F});
    CHECK(samples->labels()[0] == 2);
    CHECK(samples->labels()[1] == 0);
    CHECK(samples->class_names().empty());
    CHECK_FALSE(samples->range().bounded());
  }
  CHECK(world.open({{"train", file}})->labels().empty());
  CHECK(world.open({{"train", file}}, Split::test) == nullptr);
}

TEST_CASE("csv: labels that are texts are classes in alphabetical order, the same for train and test") {
  TableWorld world;
  const auto train = world.put("a", "1;setosa\n2;virginica\n"), test = world.put("b", "3;versicolor\n4;setosa\n");
  const std::map<std::string, Value> params = {
      {"train", train}, {"test", test}, {"label", "1"}, {"delimiter", ";"}, {"header", false}};
  for (const auto split : {Split::train, Split::test}) {
    const auto samples = world.open(params, split);
    CHECK(samples->class_names() == std::vector<std::string>{"setosa", "versicolor", "virginica"});
    CHECK(samples->labels()[0] == (split == Split::train ? 0 : 1));
    CHECK(samples->labels()[1] == (split == Split::train ? 2 : 0));
  }
}

TEST_CASE("csv: an error has the line and the column") {
  TableWorld world;
  CHECK(world.error("a,b\n1,2\n3,x\n") == "train = t.csv:3:3: expected a number, but got 'x'");
  CHECK(world.error("a,b\n1,2\n3,nan\n") == "train = t.csv:3:3: expected a number, but got 'nan'");
  CHECK(world.error("a,b\n1,2\n3,\n") == "train = t.csv:3:3: expected a number, but got ''");
  CHECK(world.error("a,b\n1,2,3\n") == "train = t.csv:2:5: expected 2 fields, but got 3");
  CHECK(world.error("a,b\n1,\"2\n") == "train = t.csv:2:3: the quoted field does not end on its line");
  CHECK(world.error("1,2\n3,4\n") ==
        "train = t.csv:1:1: expected the names of the columns, but got numbers; set header = false");
  CHECK(world.error("a,b\n1,2\n", {{"header", false}}) ==
        "train = t.csv:1:1: expected a number, but got 'a'; set header = true if the first line names the columns");
  CHECK(world.error("a,b\n1,2\n", {{"label", "c"}}) ==
        "train = t.csv:1:1: there is no column 'c' for labels; expected one of a, b, or a number from 0 to 1");
  CHECK(world.error("") == "train = t.csv: the file has no lines");
  CHECK(world.error("a,b\n1,2\n5,1\n", {{"range", std::vector<double>{0, 4}}}) ==
        "train = t.csv: sample 1 has a value of 5.000000, outside range");
}
