"""Scripts outside a browser."""

import os
from pathlib import Path

import playwright

NODE = (
    Path(playwright.__file__).parent / "driver" / ("node.exe" if os.name == "nt" else "node")
)  # which Playwright brings along
