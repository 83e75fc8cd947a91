// Which characters of a text are escaped before it is printed.
#include "base/printable.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

using hourglass::base::printable;

TEST_CASE("printable: control characters are escaped, other text is kept") {
  CHECK(printable("a\x1b[31mb\x07\r\x7f") == "a\\x1b[31mb\\x07\\x0d\\x7f");
  CHECK(printable("\xc2\x9b"
                  "2J") == "\\u009b2J");
  CHECK(printable("two\nlines\tand \xcf\x83 \xc2\xb1 \xff") == "two\nlines\tand \xcf\x83 \xc2\xb1 \xff");
}

TEST_CASE("printable: messages of user errors are") {
  CHECK(hourglass::base::UserError("name \x1b[0m").messages().at(0) == "name \\x1b[0m");
}
