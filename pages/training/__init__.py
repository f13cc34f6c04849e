"""The parts of page Train, one a file."""
