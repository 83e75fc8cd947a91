# The tests of the command line run the program.
add_dependencies(test_cli hourglass)
