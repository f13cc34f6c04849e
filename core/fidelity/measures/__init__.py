"""One measure, or one family of them, a file."""
