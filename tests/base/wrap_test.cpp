// Prose that is broken into lines.
#include "base/wrap.hpp"

#include <doctest/doctest.h>

using hourglass::base::wrapped;

TEST_CASE("wrap: lines end at the last blank before the width, and each begins with the prefix") {
  CHECK(wrapped("one two three", 7) == "one two\nthree");
  CHECK(wrapped("one two three", 9, "  ") == "  one two\n  three");
  CHECK(wrapped("one two", 80, "# ") == "# one two");
  CHECK(wrapped("", 80) == "");
}

TEST_CASE("wrap: a line break is a blank, and an empty line ends a paragraph") {
  CHECK(wrapped("one\ntwo\n\nthree\n", 80) == "one two\n\nthree");
}

TEST_CASE("wrap: characters count, not bytes, and long words are kept whole") {
  CHECK(wrapped("ééé é", 5) == "ééé é");
  CHECK(wrapped("a incomprehensibilities b", 5) == "a\nincomprehensibilities\nb");
}
