"""Recordings → a data set."""
