// The main program: runs the subcommand and turns errors into messages and exit codes.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <new>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/ending.hpp"
#include "base/error.hpp"
#include "base/file_signals.hpp"
#include "base/guest_code.hpp"
#include "base/printable.hpp"
#include "base/streams.hpp"
#include "base/suggest.hpp"
#include "base/thread_wait.hpp"
#include "base/version.hpp"
#include "cli/commands.hpp"

namespace {

using namespace hourglass;

struct Command {
  const char* name;
  const char* summary;
  int (*run)(const cli::Arguments& arguments);
};

constexpr Command kCommands[] = {
    {"run", "train and evaluate every cell of an experiment file", cli::run},
    {"check", "check an experiment file: keys, plugins, shapes, memory and the cells it would run", cli::check},
    {"config", "print each effective value of an experiment file and its origin", cli::config},
    {"plugins", "list and describe plugins", cli::plugins},
    {"data", "list, fetch and inspect datasets", cli::data},
    {"runs", "list runs or show one", cli::runs},
    {"table", "compare runs in a table", cli::table},
    {"evaluate", "run tasks on trained runs, without training", cli::evaluate},
    {"apply", "use the model of a run on your own images", cli::apply},
    {"bench", "compare training steps with PyTorch and with the limit of the hardware", cli::bench},
};

#if defined(__x86_64__)
// Runs before all other code of the program: numeric code, some of it started before main(), needs these instructions.
[[gnu::constructor(101)]] void check_processor() {
  if (__builtin_cpu_supports("x86-64-v3")) return;
  std::fputs(
      "hourglass: this processor lacks AVX2; a processor of level x86-64-v3 is needed (Intel since 2013, AMD since "
      "2017)\n",
      stderr);
  base::end_process(2);
}
#endif

void print_help() {
  base::print("hourglass {}: experiments with autoencoders\n\nusage: hourglass COMMAND [arguments]\n\ncommands:\n",
              base::kVersion);
  for (const auto& command : kCommands) base::print("  {:9} {}\n", command.name, command.summary);
  base::print(
      "\n`hourglass COMMAND --help` describes a command. Results go to standard output, messages to standard error.\n"
      "exit codes: 0 done, 1 a run or the output failed, 2 usage or experiment-file error, 3 a sweep ended with failed "
      "cells, 130 or 143 interrupted\n");
}

int dispatch(const cli::Arguments& arguments) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help") {
    print_help();
    return arguments.empty() ? 2 : 0;
  }
  if (arguments[0] == "--version") {
    base::print("hourglass {}\n", base::kVersion);
    return 0;
  }
  const auto* found =
      std::ranges::find_if(kCommands, [&](const Command& command) { return arguments[0] == command.name; });
  if (found == std::end(kCommands)) {
    std::vector<std::string> names;
    for (const auto& command : kCommands) names.emplace_back(command.name);
    throw base::UserError(fmt::format("unknown command '{}': expected one of {}{}", arguments[0],
                                      fmt::join(names, ", "), base::did_you_mean(arguments[0], names)));
  }
  return found->run({arguments.begin() + 1, arguments.end()});
}

/// Prints an error message. Never fails, even if standard error is full or closed, so that the exit code is correct.
void complain(const std::string& message) { base::say_text(base::printable(message) + "\n"); }

/// Returns the exit code of a command that has printed its results.
int finish(int code) {
  const auto reason = base::finish_output();
  if (reason.empty()) return code;
  complain("hourglass: cannot write to standard output: " + reason);
  return code == 0 ? 1 : code;
}

/// Whether this process trains or evaluates itself; `bench` does so in its children.
bool computes(const cli::Arguments& arguments) {
  if (arguments.empty()) return false;
  if (arguments[0] == "bench") return arguments.size() > 1 && arguments[1] == "--child";
  return arguments[0] == "run" || arguments[0] == "evaluate" || arguments[0] == "apply";
}

/// Runs the command and returns the exit code.
int execute(const cli::Arguments& arguments) {
  try {
    return finish(dispatch(arguments));
  } catch (const base::UserError& error) {
    for (const auto& message : error.messages()) complain(message);
    return 2;
  } catch (const std::filesystem::filesystem_error& error) {
    complain(error.path1().string() + ": " + error.code().message());
    return 2;
  } catch (const std::system_error& error) {
    complain(std::string("hourglass: the system refuses a thread or memory: ") + error.code().message() +
             "; free memory or raise the limits (ulimit -v, ulimit -u)");
    return 2;
  } catch (const std::bad_alloc&) {
    complain("not enough memory for this experiment; choose a smaller network, batch or dataset");
    return 2;
  } catch (const std::exception& error) {
    complain(std::string("hourglass: internal error: ") + base::text_of(error));
    return 1;
  }
}

}  // namespace

int main(int count, char** values) {
  const cli::Arguments arguments(values + 1, values + count);
  // Before claim_streams(), which a restarted program would repeat.
  if (computes(arguments)) base::limit_spinning(values);
  base::claim_streams();
  base::handle_file_signals();
  base::keep_process_state();
  const base::ExplainedEndings explained;
  const int code = execute(arguments);
  base::end_with(code);
}
