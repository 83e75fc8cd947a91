#include "base/error.hpp"

#include <exception>
#include <new>
#include <utility>

#include "base/printable.hpp"

namespace hourglass::base {
namespace {

/// Escapes control characters in place and returns the messages.
const std::vector<std::string>& all_printable(std::vector<std::string>& messages) {
  for (auto& message : messages) message = printable(message);
  return messages;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) {
    if (!text.empty()) text += '\n';
    text += line;
  }
  return text;
}

}  // namespace

UserError::UserError(std::vector<std::string> messages)
    : std::runtime_error(joined(all_printable(messages))), messages_(std::move(messages)) {}

std::string current_exception_text() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return "there is not enough memory";
  } catch (const std::exception& error) {
    return printable(error.what());
  } catch (...) {
    return "an object that is not a std::exception was thrown";
  }
}

}  // namespace hourglass::base
