#include "cli/text_width.hpp"

#include <sys/ioctl.h>

#include <algorithm>

#include "base/streams.hpp"

namespace hourglass::cli {

std::size_t text_width() {
  winsize size = {};
  if (::ioctl(base::output_descriptor(), TIOCGWINSZ, &size) != 0) return 80;
  return std::clamp<std::size_t>(size.ws_col, 80, 120);
}

}  // namespace hourglass::cli
