"""Sources of real signals."""
