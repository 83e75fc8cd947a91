# These tests run the program.
add_dependencies(test_cli hourglass)
