"""What `python -m core` does: one file for each command, with `main(options)`, which returns the exit code.

What can be said on the command line is in core/__main__.py, which imports the one file that it needs.
"""
