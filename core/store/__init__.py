"""What is kept on disk: runs, data sets, saved sources."""
