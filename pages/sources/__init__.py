"""The kinds of sources that page Signals offers, one a file."""
