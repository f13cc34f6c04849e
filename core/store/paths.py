"""Where data are kept."""

import os
from pathlib import Path

from platformdirs import user_data_path

from core.errors import WavetwinError

ROOT = Path(__file__).parents[2]  # of a checkout; where Wavetwin is installed, the folder of all packages


def default_data_dir() -> Path:
    """`WAVETWIN_DATA`; in a checkout `data/` beside dashboard.py; where Wavetwin is installed the user's data folder."""
    chosen = os.environ.get("WAVETWIN_DATA")
    if chosen:
        return Path(chosen).absolute()  # the same folder wherever one works
    is_checkout = (ROOT / "pyproject.toml").is_file()
    return ROOT / "data" if is_checkout else user_data_path("wavetwin", appauthor=False)


def existing_data_dir(chosen: Path | None) -> Path:
    """The data directory that was chosen, or the default one. Raises WavetwinError where there is no such folder."""
    data_dir = chosen or default_data_dir()
    if not data_dir.is_dir():
        raise WavetwinError(f"There is no folder {data_dir}; name the data folder with --data.")
    return data_dir


def named_data_dir(chosen: Path | None) -> Path:
    """The same, but the default one need not be there yet. Raises WavetwinError where a folder is named that is not there."""
    data_dir = chosen or default_data_dir()
    named_by = "--data" if chosen else "WAVETWIN_DATA"
    if (chosen or os.environ.get("WAVETWIN_DATA")) and not data_dir.is_dir():
        raise WavetwinError(f"There is no folder {data_dir}; make it, or let {named_by} name the data folder.")
    return data_dir
