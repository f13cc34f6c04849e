"""Source settings that the user named and kept, one JSON file each below the data directory."""

from pathlib import Path
from urllib.parse import quote, unquote

from core.config import SimulatorConfig, load_config
from core.errors import ConfigError
from core.store import atomic
from core.store.paths import default_data_dir
from core.store.writing import errors_as

MAX_NAME = 60  # characters


class SavedSources:
    """Named source settings."""

    def __init__(self, data_dir: Path | None = None) -> None:
        self.root = (data_dir or default_data_dir()) / "sources"

    def names(self) -> list[str]:
        """All names in alphabetical order."""
        return sorted((unquote(file.stem) for file in self.root.glob("*.json")), key=str.casefold)

    def save(self, name: str, source: SimulatorConfig) -> None:
        """Keep settings under a name, in place of what had that name. Raises ConfigError without a usable name."""
        name = " ".join(name.split())
        if not name or len(name) > MAX_NAME:
            raise ConfigError(f"Give the settings a name of 1 to {MAX_NAME} characters.")
        with errors_as(ConfigError, self.root):
            atomic.make_folders(self.root)
            atomic.write(self._file(name), source.to_json(indent=True))

    def load(self, name: str) -> SimulatorConfig:
        """The settings of a name. Raises ConfigError where they are gone or broken."""
        return load_config(SimulatorConfig, self._file(name))

    def delete(self, name: str) -> None:
        """Delete the settings of a name. Raises ConfigError where nothing can be written."""
        with errors_as(ConfigError, self.root):
            self._file(name).unlink(missing_ok=True)

    def _file(self, name: str) -> Path:
        # Letters of other alphabets stay: escaped they would make a name too long for a file.
        quoted = "".join(sign if ord(sign) > 127 else quote(sign, safe=" ") for sign in name)
        return self.root / f"{quoted}.json"
