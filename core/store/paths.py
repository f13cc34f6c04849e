"""Where data are kept."""

import os
from pathlib import Path


def default_data_dir() -> Path:
    """`WAVETWIN_DATA`, or `data/` beside dashboard.py."""
    return Path(os.environ.get("WAVETWIN_DATA") or Path(__file__).parents[2] / "data")
