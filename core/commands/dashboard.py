"""Open the dashboard: `streamlit run dashboard.py`, wherever that file is."""

import argparse
import runpy
import sys

from core.errors import WavetwinError
from core.store.paths import ROOT

MAX_PORT = 65535


def main(options: argparse.Namespace) -> int:
    """Serve the dashboard until Ctrl-C."""
    if options.port is not None and not 1 <= options.port <= MAX_PORT:
        raise WavetwinError(f"The port is {options.port}; give one from 1 to {MAX_PORT}.")
    # Streamlit also finds its settings there, in .streamlit/config.toml beside the script.
    sys.argv = ["streamlit", "run", str(ROOT / "dashboard.py"), *_flags(options)]
    runpy.run_module("streamlit", run_name="__main__")
    return 0


def _flags(options: argparse.Namespace) -> list[str]:
    """The options as Streamlit spells them."""
    flags = {"server.port": options.port, "server.address": options.address}
    given = [text for name, value in flags.items() if value is not None for text in (f"--{name}", str(value))]
    return [*given, "--server.headless", "true"] if options.no_browser else given
