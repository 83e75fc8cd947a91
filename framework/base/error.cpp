#include "base/error.hpp"

#include <exception>
#include <new>
#include <string_view>
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

std::string text_of(const std::exception& error) {
  constexpr std::size_t kLongest = 4000;  // nobody reads more
  const char* text = error.what();
  if (text == nullptr || *text == '\0') return "an exception without a message was thrown";
  const std::string_view whole = text;
  return printable(std::string(whole.substr(0, kLongest))) + (whole.size() > kLongest ? "..." : "");
}

std::string current_exception_text() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return "there is not enough memory";
  } catch (const std::exception& error) {
    return text_of(error);
  } catch (...) {
    return "an object that is not a std::exception was thrown";
  }
}

}  // namespace hourglass::base
