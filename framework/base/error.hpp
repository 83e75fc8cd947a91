// The one exception for mistakes that a user can mend: experiment files, options, data, plugins.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace hourglass::base {

/// Carries one finished line per problem, each as the user is to read it (`file:line:col: ...` where there is a place).
/// The command line prints them to standard error and exits with 2.
class UserError : public std::runtime_error {
 public:
  explicit UserError(std::string message) : UserError(std::vector<std::string>{std::move(message)}) {}
  explicit UserError(std::vector<std::string> messages);

  const std::vector<std::string>& messages() const { return messages_; }

 private:
  std::vector<std::string> messages_;
};

/// Returns the text of the exception being handled, of whatever type: plugins may throw anything. Inside a catch block.
std::string current_exception_text();

}  // namespace hourglass::base
