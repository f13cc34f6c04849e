"""Files → tables and arrays."""
