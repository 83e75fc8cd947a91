#include "base/subprocess.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "base/descriptor.hpp"
#include "base/error.hpp"

namespace hourglass::base {
namespace {

using Clock = std::chrono::steady_clock;

/// Interval of checks whether a program has ended although its streams are still open.
constexpr auto kCheckInterval = std::chrono::milliseconds(10);

class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }

  void open_null(int descriptor, int flags) {
    posix_spawn_file_actions_addopen(&actions_, descriptor, "/dev/null", flags, 0);
  }
  void duplicate(int from, int to) { posix_spawn_file_actions_adddup2(&actions_, from, to); }
  void change_folder(const std::filesystem::path& folder) {
    posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str());
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

/// Starts a child with the usual handling of signals, whatever this program blocks or ignores.
class UsualSignals {
 public:
  UsualSignals() {
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    sigset_t ignored;
    sigemptyset(&ignored);
    sigaddset(&ignored, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes_, &ignored);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  UsualSignals(const UsualSignals&) = delete;
  UsualSignals& operator=(const UsualSignals&) = delete;
  ~UsualSignals() { posix_spawnattr_destroy(&attributes_); }
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

/// One output stream of the child.
class Captured {
 public:
  Captured(Subprocess::Stream stream, int descriptor, FileActions& actions) {
    if (stream == Subprocess::Stream::discarded) actions.open_null(descriptor, O_WRONLY);
    if (stream != Subprocess::Stream::captured) return;
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
      throw UserError("a pipe cannot be created: " + std::generic_category().message(errno));
    reading_ = Descriptor(ends[0]);
    writing_ = Descriptor(ends[1]);
    ::fcntl(reading_.get(), F_SETFL, O_NONBLOCK);
    actions.duplicate(writing_.get(), descriptor);
  }

  /// Closes the end that the child has inherited. Call after starting the child.
  void started() { writing_.close(); }
  pollfd to_poll() const { return {reading_.get(), POLLIN, 0}; }  // poll() skips -1
  bool is_open() const { return reading_.is_open(); }
  void read_available() {
    std::array<std::uint8_t, 4096> piece;
    while (is_open()) {
      const auto count = reading_.read(piece);
      if (count < 0 && errno == EAGAIN) return;
      if (count <= 0) {
        reading_.close();
      } else {
        text_.append(reinterpret_cast<const char*>(piece.data()), static_cast<std::size_t>(count));
      }
    }
  }
  std::string take() { return std::move(text_); }

 private:
  Descriptor reading_, writing_;
  std::string text_;
};

std::vector<std::string> variables_with(const std::map<std::string, std::string>& extra) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    if (!extra.contains(text.substr(0, text.find('=')))) variables.push_back(text);
  }
  for (const auto& [name, value] : extra) variables.push_back(name + "=" + value);
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> list;
  for (auto& string : strings) list.push_back(string.data());
  list.push_back(nullptr);
  return list;
}

pid_t start(const Subprocess& process, FileActions& actions) {
  actions.open_null(STDIN_FILENO, O_RDONLY);
  if (!process.folder.empty()) actions.change_folder(process.folder);
  const UsualSignals attributes;
  auto command = process.command;
  auto variables = variables_with(process.environment);
  const auto arguments = pointers(command), environment = pointers(variables);
  pid_t child = 0;
  const int error =
      posix_spawnp(&child, arguments[0], actions.get(), attributes.get(), arguments.data(), environment.data());
  if (error == 0) return child;
  std::error_code ignored;
  if (!process.folder.empty() && !std::filesystem::is_directory(process.folder, ignored)) {
    throw UserError(
        fmt::format("{}: this folder does not exist, so '{}' cannot run there", process.folder.string(), command[0]));
  }
  throw UserError(error == ENOENT ? fmt::format("the program '{}' is not installed", command[0])
                                  : fmt::format("the program '{}' cannot be started: {}", command[0],
                                                std::generic_category().message(error)));
}

}  // namespace

Ended run_subprocess(const Subprocess& process) {
  FileActions actions;
  Captured output(process.output, STDOUT_FILENO, actions), errors(process.errors, STDERR_FILENO, actions);
  const pid_t child = start(process, actions);
  output.started();
  errors.started();

  const auto started = Clock::now();
  bool to_kill = process.kill.has_value();
  int status = 0;
  bool ended = false;
  while (!ended) {
    const bool watched = output.is_open() || errors.is_open();
    // Reading after the program has ended gets everything that it wrote.
    ended = ::waitpid(child, &status, watched || to_kill ? WNOHANG : 0) == child;
    output.read_available();
    errors.read_available();
    if (ended) break;
    if (to_kill && Clock::now() - started >= process.kill->after) {
      ::kill(child, process.kill->signal);
      to_kill = false;
    }
    std::array<pollfd, 2> streams = {output.to_poll(), errors.to_poll()};
    ::poll(streams.data(), streams.size(), static_cast<int>(kCheckInterval.count()));
  }
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), output.take(), errors.take()};
}

}  // namespace hourglass::base
