// The include graph of framework/: no cycles, and no room or floor that includes one above it.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

/// Units, "train/trainer" for trainer.hpp and trainer.cpp, and the units that they include.
using Graph = std::map<std::string, std::set<std::string>>;

/// The rooms of framework/ and the floors of compute/, from the bottom up. A unit may include files of its own floor
/// and of those below; CMakeLists.txt restricts this further for rooms.
const std::vector<std::string> kFloors = {"api",
                                          "base",
                                          "host",
                                          "experiment",
                                          "compute/kernels",
                                          "compute/ops",
                                          "compute/ops/conv",
                                          "compute/graph",
                                          "compute/optimise",
                                          "results",
                                          "subject",
                                          "train",
                                          "evaluate",
                                          "run",
                                          "apply",
                                          "sweep",
                                          "bench",
                                          "cli"};

std::string unit_of(const std::string& file) {
  const auto unit = file.substr(0, file.rfind('.'));
  return unit.starts_with("hourglass/") ? "api/" + unit : unit;
}

Graph read_graph(const fs::path& framework) {
  static const std::regex include("^#include \"([^\"]+)\"");
  Graph graph;
  for (const auto& entry : fs::recursive_directory_iterator(framework)) {
    const auto extension = entry.path().extension();
    if (extension != ".hpp" && extension != ".cpp") continue;
    const auto unit = unit_of(entry.path().lexically_relative(framework).string());
    if (unit.starts_with("docs/")) continue;  // example plugins
    auto& includes = graph[unit];
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      std::smatch match;
      if (!std::regex_search(line, match, include)) continue;
      if (const auto other = unit_of(match[1]); other != unit) includes.insert(other);
    }
  }
  return graph;
}

/// Finds a path from `from` to `to`.
bool find_path(const Graph& graph, const std::string& from, const std::string& to, std::set<std::string>& seen,
               std::string& path) {
  const auto found = graph.find(from);
  if (found == graph.end()) return false;
  for (const auto& next : found->second) {
    if (next != to && (!seen.insert(next).second || !find_path(graph, next, to, seen, path))) continue;
    path = " -> " + next + path;
    return true;
  }
  return false;
}

/// Returns the cycles, each once for every unit on it: "a -> b -> a".
std::vector<std::string> cycles(const Graph& graph) {
  std::vector<std::string> found;
  for (const auto& [unit, includes] : graph) {
    std::set<std::string> seen;
    std::string path;
    if (find_path(graph, unit, unit, seen, path)) found.push_back(unit + path);
  }
  return found;
}

/// Returns the index of the innermost floor that a unit is on, or -1.
std::ptrdiff_t floor_of(const std::string& unit) {
  std::ptrdiff_t best = -1;
  for (std::size_t i = 0; i < kFloors.size(); ++i) {
    const bool inside = unit.starts_with(kFloors[i] + "/");
    if (inside && (best < 0 || kFloors[i].size() > kFloors[static_cast<std::size_t>(best)].size())) {
      best = static_cast<std::ptrdiff_t>(i);
    }
  }
  return best;
}

std::vector<std::string> upward(const Graph& graph) {
  std::vector<std::string> found;
  for (const auto& [unit, includes] : graph) {
    for (const auto& other : includes) {
      if (floor_of(other) > floor_of(unit)) found.push_back(unit + " -> " + other);
    }
  }
  return found;
}

const Graph& framework() {
  static const Graph graph = read_graph(fs::path(HOURGLASS_SOURCE_DIR) / "framework");
  return graph;
}

}  // namespace

TEST_CASE("include graph: all files are read") {
  CHECK(framework().size() > 100);
  CHECK(framework().at("train/trainer").contains("train/update"));
  for (const auto& [unit, includes] : framework()) {
    CAPTURE(unit);
    CHECK(floor_of(unit) >= 0);
  }
}

TEST_CASE("include graph: has no cycles") { CHECK(cycles(framework()) == std::vector<std::string>{}); }

TEST_CASE("include graph: no room or floor includes one above it") {
  CHECK(upward(framework()) == std::vector<std::string>{});
}

TEST_CASE("include graph: a new cycle and a new upward include are found") {
  Graph graph = {{"base/a", {"base/b"}}, {"base/b", {"base/c"}}, {"base/c", {"base/a"}}, {"base/d", {"base/a"}}};
  CHECK(cycles(graph) == std::vector<std::string>{"base/a -> base/b -> base/c -> base/a",
                                                  "base/b -> base/c -> base/a -> base/b",
                                                  "base/c -> base/a -> base/b -> base/c"});
  graph = {{"compute/ops/conv/x", {"compute/ops/operation"}}, {"compute/kernels/y", {"compute/ops/operation"}}};
  CHECK(upward(graph) == std::vector<std::string>{"compute/kernels/y -> compute/ops/operation"});
}
