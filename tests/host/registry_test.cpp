// Which libraries and plugins the registry accepts and refuses, and with which messages.
#include "host/registry.hpp"

#include <doctest/doctest.h>
#include <link.h>
#include <sys/stat.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include "base/error.hpp"
#include "base/random.hpp"
#include "host/create_plugin.hpp"
#include "hourglass/noise.hpp"
#include "support/process.hpp"

using namespace hourglass;
using host::Registry;

namespace {

std::filesystem::path folder(const std::string& name) {
  return std::filesystem::path(HOURGLASS_BINARY_DIR) / "test_plugins" / name;
}

Registry load(const std::string& name) { return Registry({folder(name)}); }

/// Returns the message of a folder's only problem, without the library's path in front.
std::string problem_of(const std::string& name) {
  const auto registry = load(name);
  REQUIRE(registry.problems().size() == 1);
  CHECK(registry.plugins().empty());
  const auto& problem = registry.problems().front();
  const std::string path = problem.library.string() + ": ";
  REQUIRE(problem.message.starts_with(path));
  return problem.message.substr(path.size());
}

template <class Header>
Header start_of(const std::string& bytes, std::size_t at) {
  Header header;
  std::memcpy(&header, bytes.data() + at, sizeof header);
  return header;
}

/// Returns the bytes of a library whose dynamic table is overwritten.
std::string damaged_table(std::string library) {
  const auto header = start_of<ElfW(Ehdr)>(library, 0);
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    const auto segment = start_of<ElfW(Phdr)>(library, header.e_phoff + i * sizeof(ElfW(Phdr)));
    if (segment.p_type == PT_DYNAMIC) library.replace(segment.p_offset, segment.p_filesz, segment.p_filesz, '\xee');
  }
  return library;
}

std::string error_of(const PluginInfo& info, const std::vector<Value>& values) {
  try {
    host::create_component(info, values);
  } catch (const base::UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("registry: one library may hold several plugins, listed by kind and name") {
  const auto registry = load("several");
  CHECK(registry.problems().empty());
  REQUIRE(registry.plugins().size() == 3);
  CHECK(registry.plugins()[0].info->kind == "bottleneck");
  CHECK(registry.plugins()[1].info->name == "quiet");
  CHECK(registry.plugins()[2].info->name == "silent");
  CHECK(registry.plugins()[2].library == std::filesystem::canonical(folder("several") / "noise_several.so"));
  CHECK(registry.names("noise") == std::vector<std::string>{"quiet", "silent"});
}

TEST_CASE("registry: find distinguishes kinds") {
  const auto registry = load("several");
  CHECK(registry.find("noise", "silent") != nullptr);
  CHECK(registry.find("bottleneck", "silent") == nullptr);
}

TEST_CASE("registry: a folder given twice is loaded once") {
  const Registry registry({folder("several"), folder("models") / ".." / "several"});
  CHECK(registry.plugins().size() == 3);
  CHECK(registry.problems().empty());
}

TEST_CASE("registry: a folder that does not exist is an error with its path") {
  CHECK_THROWS_WITH_AS(
      Registry({"/nowhere/plugins"}),
      "/nowhere/plugins: this plugin folder cannot be read: No such file or directory; give an existing "
      "one with --plugin-path or in HOURGLASS_PLUGIN_PATH",
      base::UserError);
}

TEST_CASE("registry: a different interface version is refused before anything else is read") {
  CHECK(problem_of("wrong_version") ==
        "the plugin library was built for version 999 of the plugin interface, this program has "
        "version " +
            std::to_string(kApiVersion) + ": build it again with this version's headers");
}

TEST_CASE("registry: a library from another compiler is refused") {
  CHECK(problem_of("other_stamp") ==
        "the plugin library was built with 'gcc 1.2.3', this program with '" HOURGLASS_BUILD_STAMP
        "': build it again with the same compiler");
}

TEST_CASE("registry: a library without the entry point is refused") {
  CHECK(
      problem_of("no_symbol") ==
      "the library has no symbol hourglass_plugins, so it is not a plugin: end its source with HOURGLASS_PLUGINS(...) "
      "or move "
      "it out of the plugin folder");
}

TEST_CASE("registry: a library that lists nothing is refused") {
  CHECK(problem_of("empty_list") == "the library lists no plugins: HOURGLASS_PLUGINS() is empty");
}

TEST_CASE("registry: a truncated library is refused without crashing the process") {
  const test::TemporaryFolder cut;
  const auto whole = test::read(folder("several") / "noise_several.so");
  for (const std::size_t size : {std::size_t{64}, std::size_t{5000}}) {
    test::write(cut / "noise_cut.so", whole.substr(0, size));
    const Registry registry({cut.path()});
    REQUIRE(registry.problems().size() == 1);
    CHECK(registry.problems()[0].message.find("the plugin library is truncated") != std::string::npos);
  }
}

TEST_CASE("registry: a file that is not a library is refused") {
  CHECK(problem_of("not_a_library") ==
        "the plugin library is not a shared library (invalid ELF header): remove it or build it again");
}

TEST_CASE("registry: odd files in a plugin folder are refused by name, and the other plugins are usable") {
  namespace fs = std::filesystem;
  const test::TemporaryFolder odd;
  const auto plugin = folder("several") / "noise_several.so";
  const auto text = test::read(plugin);
  const auto changed = [&](std::size_t at, const std::string& bytes) {
    return std::string(text).replace(at, bytes.size(), bytes);
  };
  test::write(odd / "empty.so", "");
  fs::create_directory(odd / "folder.so");
  fs::create_symlink("nowhere", odd / "dangling.so");
  fs::create_symlink("loop.so", odd / "loop.so");
  fs::create_symlink("/dev/zero", odd / "device.so");
  REQUIRE(::mkfifo((odd / "pipe.so").c_str(), 0600) == 0);
  test::write(odd / "huge.so", "");
  fs::resize_file(odd / "huge.so", 1 << 30);
  test::write(odd / "short.so", text.substr(0, 60));
  test::write(odd / "machine.so", changed(18, "\xb7"));       // AArch64
  test::write(odd / "segments.so", changed(56, "\xff\xff"));  // their number
  test::write(odd / "dynamic.so", damaged_table(text));
  fs::copy_file(plugin, odd / "sound.so");

  const Registry registry({odd.path()});
  const std::map<std::string, std::string> expected = {
      {"empty.so", "is not a shared library"},
      {"folder.so", "is a folder, not a plugin library: rename it"},
      {"dangling.so", "is a symbolic link that leads to no file: remove it or correct it"},
      {"loop.so", "is a symbolic link that leads to no file: remove it or correct it"},
      {"device.so", "is a symbolic link that leads to no file: remove it or correct it"},
      {"pipe.so", "is not a file: remove it from the plugin folder"},
      {"huge.so", "is not a shared library"},
      {"short.so", "is truncated"},
      {"machine.so", "was built for another kind of machine"},
      {"segments.so", "is truncated"},
      {"dynamic.so", "is damaged"},
  };
  CHECK(registry.problems().size() == expected.size());
  for (const auto& problem : registry.problems()) {
    const auto found = expected.find(problem.library.filename().string());
    REQUIRE_MESSAGE(found != expected.end(), problem.message);
    CHECK_MESSAGE(problem.message.starts_with((odd / found->first).string() + ": "), problem.message);
    CHECK_MESSAGE(problem.message.find(found->second) != std::string::npos, problem.message);
  }
  CHECK(registry.plugins().size() == 3);
}

TEST_CASE("registry: a library whose dependency is missing is refused with the dependency's name") {
  CHECK(problem_of("missing_dependency") ==
        "the plugin library needs a library that was not found (libtest_absent.so: cannot open shared object file: No "
        "such "
        "file or directory): install it or add its folder to LD_LIBRARY_PATH");
}

TEST_CASE("registry: a library that uses an undefined function is refused when it is loaded") {
  CHECK(problem_of("undefined_symbol") ==
        "the plugin library uses a function that none of its libraries defines (undefined symbol: function_of_nobody): "
        "link "
        "the "
        "plugin with the library that does");
}

TEST_CASE("registry: an entry point that throws is refused") {
  CHECK(problem_of("throwing_list") ==
        "the library threw an error while listing its plugins: the table of sizes is empty; fix its declarations");
}

TEST_CASE("registry: of two libraries with the same plugin, the first is used") {
  const auto registry = load("same_name");
  REQUIRE(registry.plugins().size() == 1);
  CHECK(registry.plugins().front().library.filename() == "noise_first.so");
  REQUIRE(registry.problems().size() == 1);
  const auto& problem = registry.problems().front();
  CHECK(problem.kind == "noise");
  CHECK(problem.name == "same_name");
  CHECK(problem.message == "plugin noise/same_name is loaded from " + registry.plugins().front().library.string() +
                               ", which hides the one of the same name in " + problem.library.string() +
                               "; rename or remove one of them to avoid this");
}

TEST_CASE("registry: a name that occurs twice in a library is refused; the library's other plugins are kept") {
  const auto registry = load("duplicate");
  CHECK(registry.names("noise") == std::vector<std::string>{"once", "twice"});
  REQUIRE(registry.problems().size() == 1);
  CHECK(registry.problems().front().message.ends_with(
      ": plugin noise/twice occurs twice in this library: rename one of them"));
}

TEST_CASE("registry: descriptions that break a rule are refused one by one") {
  const auto registry = load("bad_descriptions");
  CHECK(registry.names("noise") == std::vector<std::string>{"fine"});
  const std::string expected[] = {
      "plugin noise/outside has a parameter 'amount' whose default is outside its own range: expected 1 to 2, but got "
      "0.5; change one of them",
      "plugin noise/undocumented has a parameter 'amount' without a doc: describe it in one sentence",
      "plugin noise/badly_named has a parameter 'Amount', which is not lower_snake_case: rename it like "
      "'learning_rate'",
      "plugin noise/reserved has a parameter 'plugin', the key that chooses plugins: rename it",
      "plugin noise/backwards has a parameter 'amount' whose range is empty: 1 to 0; swap its ends",
      "plugin noise/repeated declares the parameter 'amount' twice: rename or remove one",
      "plugin noise/never_zero has a severity 'amount' whose range does not begin with 0, which leaves images "
      "unchanged: got 0.1 to 1",
      "plugin noise/two_severities declares several severities: declare one, which says how strong the noise is",
      "plugin noise/choosy has a parameter 'mode' whose default is outside its own range: expected \"quick\", "
      "\"quicker\", but got \"slow\"; change one of them",
      "plugin noise/placed has a parameter 'file' whose default is a relative path: got \"images.idx\", which depends "
      "on where it is read; leave it empty or make it absolute",
      "plugin task/retraining has a parameter 'amount' that concerns training, which is over when a task runs: declare "
      "it as Concerns::evaluation or nothing",
      "plugin noise/CamelCase has a name that is not lower_snake_case: rename it like 'sparse_coding'",
      "plugin noise/no_summary has no summary: describe in one sentence what it does",
      "plugin noize/of_kind is of an unknown kind 'noize': the kinds are dataset, noise, architecture, bottleneck, "
      "task; did "
      "you mean 'noise'?",
  };
  REQUIRE(registry.problems().size() == std::size(expected));
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    const auto& problem = registry.problems()[i];
    CHECK(problem.message == problem.library.string() + ": " + expected[i]);
  }
}

TEST_CASE("registry: a refused plugin's problem is found by its name, or by the name of its library") {
  CHECK(load("bad_descriptions").problem("noise", "outside") != nullptr);
  CHECK(load("bad_descriptions").problem("noise", "fine") == nullptr);
  CHECK(load("wrong_version").problem("noise", "wrong_version") != nullptr);
}

TEST_CASE("registry: an exception from a plugin's constructor becomes an error with the plugin's name") {
  const auto registry = load("throwing_constructor");
  const auto* plugin = registry.find("noise", "throwing_constructor");
  REQUIRE(plugin);
  CHECK(error_of(*plugin->info, {0.5}) == "");
  CHECK(error_of(*plugin->info, {0.3}) == "throwing_constructor: amount 0.3 is below half");
  CHECK(error_of(*plugin->info, {0.05}) == "throwing_constructor: an object that is not a std::exception was thrown");
}

TEST_CASE("registry: classes of one name in two libraries share no state") {
  const auto registry = load("models");
  const auto call = [&](const char* name) {
    const auto noise = host::create<Noise>(*registry.find("noise", name)->info, {0.5});
    base::PhiloxRng rng(1, base::Stream::noise, 0, 0);
    float pixel = 0;
    noise->corrupt({}, {&pixel, 1}, {}, rng);
    return pixel;
  };
  CHECK(call("first") == 1);
  CHECK(call("first") == 2);
  CHECK(call("second") == 1);
}

TEST_CASE("registry: the search path is --plugin-path, the variable, the program's own folder") {
  ::setenv("HOURGLASS_PLUGIN_PATH", "/one::/two", 1);
  const auto folders = Registry::search_path({"/extra"});
  ::unsetenv("HOURGLASS_PLUGIN_PATH");
  REQUIRE(folders.size() == 4);
  CHECK(folders[0] == "/extra");
  CHECK(folders[1] == "/one");
  CHECK(folders[2] == "/two");
  CHECK(std::filesystem::equivalent(folders[3], std::filesystem::path(HOURGLASS_BINARY_DIR) / "plugins"));
}
