// Tables: the exact text of each format.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "results/csv.hpp"
#include "results/render.hpp"
#include "runs.hpp"

using namespace hourglass;
using namespace hourglass::results;

namespace {

constexpr double kInfiniteCell = std::numeric_limits<double>::infinity();

// One column of numbers, as its lines below the rule.
std::string shown(const std::vector<Field>& cells, int digits = 5) {
  Table table{{{"x", "x", digits}}, {}};
  for (const auto& cell : cells) table.rows.push_back({cell});
  const auto text = render(table, Format::table);
  return text.substr(text.find('\n', text.find('\n') + 1) + 1);
}

const Table& example() {
  static const Table table{{{"model", "model", 5, false},
                            {"n", "n"},
                            {"mse ↓", "denoising.mse", 5, true, Direction::lower},
                            {"sigma", "noise.sigma"}},
                           {{std::string("model"), std::int64_t{3}, Spread{0.012341, 0.000123, 3}, 0.1},
                            {std::string("mean, image"), std::int64_t{3}, Spread{0.0673, 0, 3}, 0.25},
                            {std::string("a|b"), Field(), Field(), Field()}}};
  return table;
}

}  // namespace

TEST_CASE("table: columns are aligned, the ± below one another, missing values a dash") {
  CHECK(render(example(), Format::table) ==
        "model        n              mse ↓  sigma\n"
        "───────────  ─  ─────────────────  ─────\n"
        "model        3  0.01234 ± 0.00012   0.10\n"
        "mean, image  3  0.06730 ± 0.00000   0.25\n"
        "a|b          –                  –      –\n");
}

TEST_CASE("csv: has all digits, quotes as in RFC 4180, and a spread in three columns") {
  CHECK(render(example(), Format::csv) ==
        "model,n,denoising.mse,denoising.mse_std,denoising.mse_n,noise.sigma\n"
        "model,3,0.012341,0.000123,3,0.1\n"
        "\"mean, image\",3,0.0673,0,3,0.25\n"
        "a|b,,,,,\n");
}

TEST_CASE("md: alignment row, the best of a column in bold, bars escaped") {
  CHECK(render(example(), Format::md) ==
        "| model       |    n |                 mse ↓ | sigma |\n"
        "| :---------- | ---: | --------------------: | ----: |\n"
        "| model       |    3 | **0.01234 ± 0.00012** |  0.10 |\n"
        "| mean, image |    3 |     0.06730 ± 0.00000 |  0.25 |\n"
        "| a\\|b        |    – |                     – |     – |\n");
}

TEST_CASE("json: an array of rows with the same keys, missing values null") {
  CHECK(render(example(), Format::json) == R"([
  {
    "model": "model",
    "n": 3,
    "denoising.mse": 0.012341,
    "denoising.mse_std": 0.000123,
    "denoising.mse_n": 3,
    "noise.sigma": 0.1
  },
  {
    "model": "mean, image",
    "n": 3,
    "denoising.mse": 0.0673,
    "denoising.mse_std": 0.0,
    "denoising.mse_n": 3,
    "noise.sigma": 0.25
  },
  {
    "model": "a|b",
    "n": null,
    "denoising.mse": null,
    "denoising.mse_std": null,
    "denoising.mse_n": null,
    "noise.sigma": null
  }
]
)");
}

TEST_CASE("json: numbers that JSON cannot represent are text, and one run has no deviation") {
  const Table table{{{"x", "x"}, {"y", "y"}}, {{kInfiniteCell, Spread{-kInfiniteCell, 0, 1}}, {std::nan(""), Field()}}};
  CHECK(render(table, Format::json) == R"([
  {
    "x": "inf",
    "y": "-inf",
    "y_std": null,
    "y_n": 1
  },
  {
    "x": "nan",
    "y": null,
    "y_std": null,
    "y_n": null
  }
]
)");
}

TEST_CASE("tables without rows: a heading, or an empty array") {
  const Table table{{{"name", "name", 5, false}, {"value", "value"}}, {}};
  CHECK(render(table, Format::table) == "name  value\n────  ─────\n");
  CHECK(render(table, Format::csv) == "name,value\n");
  CHECK(render(table, Format::md) == "| name | value |\n| :--- | ----: |\n");
  CHECK(render(table, Format::json) == "[]\n");
}

TEST_CASE("table: numbers of a column have equally many decimals, without common trailing zeros") {
  CHECK(shown({0.1, 0.3, 0.5}) == "0.1\n0.3\n0.5\n");
  CHECK(shown({0.98, 0.97532}) == "0.98000\n0.97532\n");
  CHECK(shown({123.456, 0.5}) == "123.46\n  0.50\n");
  CHECK(shown({20.0}) == "20.0\n");
  CHECK(shown({0.0}) == "0.0\n");
  CHECK(shown({12345.6}) == "12346\n");
}

TEST_CASE("table: a setting much smaller than the others keeps its digits, a result makes all use exponents") {
  CHECK(shown({1e-5, 1.5}) == "0.00001\n    1.5\n");
  CHECK(shown({1e-3, 0.5}) == "0.001\n0.500\n");
  CHECK(shown({1.2345678e-12}) == "1.2346e-12\n");
  CHECK(shown({1.2345678e12}) == "1.2346e+12\n");
  const Table results{{{"x", "x", 3, true, Direction::lower}}, {{1e-7}, {0.0123}, {Field()}}};
  CHECK(render(results, Format::table) == "       x\n────────\n1.00e-07\n1.23e-02\n       –\n");
}

TEST_CASE("table: a spread shows two digits of its deviation and the mean to the same decimals") {
  CHECK(shown({Spread{0.0123456, 0.000123, 3}}) == "0.01235 ± 0.00012\n");
  CHECK(shown({Spread{0.5, 0.0996, 3}}) == "0.50 ± 0.10\n");
  CHECK(shown({Spread{1234.5, 67.8, 3}}) == "1234 ± 68\n");
  CHECK(shown({Spread{25.31, 1.26, 3}}) == "25.3 ± 1.3\n");
  CHECK(shown({Spread{1.5e-12, 2.5e-14, 3}}) == "1.500e-12 ± 2.5e-14\n");
}

TEST_CASE("table: means and deviations of a column share their decimals") {
  CHECK(shown({Spread{0.5, 0.0996, 3}, Spread{0.25, 0.00123, 2}, 0.125, std::int64_t{1}}) ==
        "0.5000 ± 0.0996\n0.2500 ± 0.0012\n0.1250\n1.0000\n");
}

TEST_CASE("table: equal values have a deviation of 0") {
  CHECK(shown({Spread{0.0673, 0, 3}}) == "0.0673 ± 0.0000\n");
  CHECK(shown({Spread{0.0673, 1e-17, 3}}) == "0.0673 ± 0.0000\n");
  CHECK(shown({Spread{0, 0, 3}}) == "0.0 ± 0.0\n");
}

TEST_CASE("table: one run and infinite means have no deviation") {
  CHECK(shown({Spread{0.0123456, 0, 1}}) == "0.012346\n");
  CHECK(shown({Spread{kInfiniteCell, std::nan(""), 3}, 20.5}) == "   ∞\n20.5\n");
}

TEST_CASE("table: line breaks in a cell become blanks, and lines end without blanks") {
  const Table table{{{"a", "a", 5, false}, {"b", "b", 5, false}},
                    {{std::string("x\ny"), std::string("long")}, {std::string("z"), std::string("s")}}};
  CHECK(render(table, Format::table) == "a    b\n───  ────\nx y  long\nz    s\n");
}

TEST_CASE("md: a single number is not the best") {
  const Table table{{{"x", "x", 5, true, Direction::higher}}, {{0.5}, {Field()}}};
  CHECK(render(table, Format::md).find("**") == std::string::npos);
}

TEST_CASE("md: numbers that print the same are equally good, and the direction decides which is better") {
  const Table table{{{"x", "x", 2, true, Direction::higher}}, {{0.5}, {0.871}, {0.87}}};
  CHECK(render(table, Format::md) == "|        x |\n| -------: |\n|     0.50 |\n| **0.87** |\n| **0.87** |\n");
}

TEST_CASE("md: an infinite number is the best if higher is better") {
  const Table table{{{"psnr", "psnr", 5, true, Direction::higher}}, {{20.5}, {kInfiniteCell}}};
  CHECK(render(table, Format::md) == "|  psnr |\n| ----: |\n|  20.5 |\n| **∞** |\n");
}

TEST_CASE("format_of: knows its names and suggests the nearest") {
  CHECK(format_of("table") == Format::table);
  CHECK(format_of("csv") == Format::csv);
  CHECK(format_of("md") == Format::md);
  CHECK(format_of("json") == Format::json);
  CHECK(test::error_of([] { (void)format_of("jsn"); }) ==
        "unknown format 'jsn': expected one of table, csv, md, json; did you mean 'json'?");
}

TEST_CASE("csv: written rows are parsed to the same values") {
  const std::vector<std::vector<std::string>> records = {{"a", "b,c", "d\"e"}, {"", "f\ng", "h"}, {"", "", ""}};
  std::string text;
  for (const auto& record : records) text += csv_record(record);
  CHECK(parse_csv(text) == records);
  CHECK_FALSE(parse_csv("a,b").has_value());
  CHECK_FALSE(parse_csv("\"a\n").has_value());
  CHECK(parse_csv("a,b\r\n") == std::vector<std::vector<std::string>>{{"a", "b"}});
}
