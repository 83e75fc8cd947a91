// The subcommands, one function and one file each. They take the arguments after their name and return the exit code.
#pragma once

#include <string>
#include <vector>

namespace hourglass::cli {

using Arguments = std::vector<std::string>;

int apply(const Arguments& arguments);
int bench(const Arguments& arguments);
int check(const Arguments& arguments);
int config(const Arguments& arguments);
int data(const Arguments& arguments);
int evaluate(const Arguments& arguments);
int plugins(const Arguments& arguments);
int run(const Arguments& arguments);
int runs(const Arguments& arguments);
int table(const Arguments& arguments);

}  // namespace hourglass::cli
