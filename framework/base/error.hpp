// The exception for errors that a user can fix: in experiment files, options, data, plugins.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace hourglass::base {

/// Carries one line per problem, formatted for the user (`file:line:col: ...` if the location is known), without
/// control characters (see printable()). The command line prints the lines to standard error and exits with 2.
class UserError : public std::runtime_error {
 public:
  explicit UserError(std::string message) : UserError(std::vector<std::string>{std::move(message)}) {}
  explicit UserError(std::vector<std::string> messages);

  const std::vector<std::string>& messages() const { return messages_; }

 private:
  std::vector<std::string> messages_;
};

/// Returns the message of an exception, on one line of at most 4,000 bytes: plugins may give none, or any.
std::string text_of(const std::exception& error);

/// Returns the text of the exception being handled, whatever its type: plugins may throw anything. Call it inside a
/// catch block.
std::string current_exception_text();

}  // namespace hourglass::base
