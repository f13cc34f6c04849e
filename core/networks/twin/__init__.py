"""The twin’s networks."""
