// Turns the signals that files cause into errors and messages.
#pragma once

namespace hourglass::base {

/// Makes writes beyond the limit of a file's size fail like other writes (EFBIG) instead of ending the process, and
/// ends the process with a message and code 1 when a mapped file is truncated while it is read. Call it once, before
/// other threads start.
void handle_file_signals();

}  // namespace hourglass::base
