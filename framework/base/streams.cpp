#include "base/streams.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace hourglass::base {
namespace {

std::FILE* output = nullptr;  // null: stdout
int error = 0;                // of the first text that could not be written

std::FILE* stream() { return output ? output : stdout; }

void note_error() {
  if (error == 0) error = errno;
}

/// Opens each closed standard stream so that its use fails, as that of a closed one does.
void open_closed_streams() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    // Takes the smallest free number, which is this one.
    if (::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) != descriptor) std::abort();
  }
}

}  // namespace

void claim_streams() {
  ::signal(SIGPIPE, SIG_IGN);
  open_closed_streams();
  const int kept = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (kept < 0) return;
  const bool writable = (::fcntl(kept, F_GETFL) & O_ACCMODE) != O_RDONLY;
  output = ::fdopen(kept, writable ? "w" : "r");  // the other way fails here instead of at the first text
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // keeps the order with what is written to standard error
}

void print_text(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stream()) != text.size()) note_error();
}

void say_text(const std::string& text) { std::fputs(text.c_str(), stderr); }

std::string finish_output() {
  if (std::fflush(stream()) != 0) note_error();
  return error == 0 ? "" : std::generic_category().message(error);
}

int output_descriptor() { return ::fileno(stream()); }

}  // namespace hourglass::base
