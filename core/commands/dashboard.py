"""Open the dashboard: `streamlit run dashboard.py`, wherever that file is."""

import argparse
import runpy
import sys

from core.store.paths import ROOT


def main(options: argparse.Namespace) -> int:
    """Serve the dashboard until Ctrl-C."""
    # Streamlit also finds its settings there, in .streamlit/config.toml beside the script.
    sys.argv = ["streamlit", "run", str(ROOT / "dashboard.py"), *_flags(options)]
    runpy.run_module("streamlit", run_name="__main__")
    return 0


def _flags(options: argparse.Namespace) -> list[str]:
    """The options as Streamlit spells them."""
    flags = {"server.port": options.port, "server.address": options.address}
    given = [text for name, value in flags.items() if value is not None for text in (f"--{name}", str(value))]
    return [*given, "--server.headless", "true"] if options.no_browser else given
