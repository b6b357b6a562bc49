"""The tests: a package by this file, as a library we measure against installs one of that name."""
