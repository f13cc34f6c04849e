"""What a trained twin is used for: new signals, on demand, as files."""
