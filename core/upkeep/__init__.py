"""Look after a data folder: find what is damaged or left over, mend it, back everything up and restore it."""
