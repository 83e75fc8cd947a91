// What the program itself prints: results on standard output, messages on standard error.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

namespace hourglass::base {

/// Reserves standard output for print(): from then on, what plugins and libraries write to it goes to standard error.
/// Closed standard streams become streams that cannot be written to, so that no file takes their numbers, and a closed
/// pipe is an error of the writer instead of the end of the process. Call it once, before other threads start.
void claim_streams();

/// Writes text to standard output. An error does not end the work: finish_output() reports it. One thread at a time.
void print_text(const std::string& text);
template <class... Arguments>
void print(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  print_text(fmt::format(format, std::forward<Arguments>(arguments)...));
}

/// Writes text to standard error. What cannot be shown is no reason to end the work. Thread-safe.
void say_text(const std::string& text);
template <class... Arguments>
void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  say_text(fmt::format(format, std::forward<Arguments>(arguments)...));
}

/// Flushes standard output. Returns why not all of it could be written, or "".
std::string finish_output();

/// Returns the descriptor of standard output, whose terminal has the width of the text.
int output_descriptor();

}  // namespace hourglass::base
