"""Tables → recordings: which column is what."""
