#include "base/subprocess.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/error.hpp"

namespace hourglass::base {
namespace {

class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }

  void open(int descriptor, const std::filesystem::path& file, int flags) {
    posix_spawn_file_actions_addopen(&actions_, descriptor, file.empty() ? "/dev/null" : file.c_str(), flags, 0666);
  }
  void duplicate(int from, int to) { posix_spawn_file_actions_adddup2(&actions_, from, to); }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_, O_CLOEXEC) != 0)
      throw base::UserError("cannot create a pipe: " + std::generic_category().message(errno));
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    ::close(ends_[0]);
    close_writing();
  }
  int writing() const { return ends_[1]; }
  void close_writing() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }
  std::string read_all() {
    close_writing();
    std::string text;
    char piece[4096];
    while (true) {
      const ssize_t count = ::read(ends_[0], piece, sizeof piece);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return text;
      text.append(piece, static_cast<std::size_t>(count));
    }
  }

 private:
  int ends_[2];
};

}  // namespace

Ended run_subprocess(const Subprocess& process) {
  FileActions actions;
  Pipe captured;
  actions.open(STDIN_FILENO, process.input, O_RDONLY);
  if (process.capture == Subprocess::Capture::output) {
    actions.duplicate(captured.writing(), STDOUT_FILENO);
  } else {
    actions.open(STDOUT_FILENO, process.output, O_WRONLY | O_CREAT | O_TRUNC);
  }
  if (process.capture == Subprocess::Capture::errors) actions.duplicate(captured.writing(), STDERR_FILENO);

  std::vector<char*> arguments;
  for (const auto& argument : process.command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (const int error = posix_spawnp(&child, arguments[0], actions.get(), nullptr, arguments.data(), environ)) {
    throw base::UserError(error == ENOENT ? fmt::format("the program '{}' is not installed", process.command[0])
                                          : fmt::format("the program '{}' cannot be started: {}", process.command[0],
                                                        std::generic_category().message(error)));
  }
  Ended ended{0, captured.read_all()};
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ended;
}

}  // namespace hourglass::base
