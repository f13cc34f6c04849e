"""The halves that run in a browser: JavaScript modules, style sheets and HTML, found by name wherever they lie.

Modules import each other as neighbours (`import { Plot } from "./canvas.js"`), so they must be served side by side.
Colours and dashes come from core/presentation/palette.py as palette.js and palette.css.
"""

import re
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from core.presentation import palette

SHARED = Path(__file__).with_name("web")  # what pages and exported files share
SUFFIXES = (".js", ".css", ".html")

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(?P<name>[\w.]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const|function|class)", re.MULTILINE)


class WebFiles:
    """The shared files and those of some more folders. Raises ValueError where two have the same name."""

    def __init__(self, *folders: Path) -> None:
        self._made = {"palette.js": palette.as_javascript(), "palette.css": palette.as_css()}
        self._paths: dict[str, Path] = {}
        for path in (path for folder in (SHARED, *folders) for path in sorted(folder.iterdir())):
            if path.suffix not in SUFFIXES:
                continue
            if path.name in self._paths or path.name in self._made:
                raise ValueError(f"Two files are named {path.name}; they are served side by side, so rename one.")
            self._paths[path.name] = path

    @property
    def names(self) -> list[str]:
        """All names, in order."""
        return sorted([*self._made, *self._paths])

    def read(self, name: str) -> str:
        """The text of a file. Raises KeyError where there is none of that name."""
        return self._made[name] if name in self._made else self._paths[name].read_text("utf-8")

    @cached_property
    def version(self) -> str:
        """Changes whenever a file does: modules are served below it, so browsers may keep them for good."""
        texts = "\0".join(f"{name}\0{self.read(name)}" for name in self.names)
        return sha256(texts.encode()).hexdigest()[:12]

    def inlined(self, name: str) -> str:
        """A module together with all that it imports, as one script for a page that loads nothing."""
        order: list[str] = []
        self._collect(name, order)
        return "\n".join(_EXPORT.sub("", _IMPORT.sub("", self.read(one))) for one in order)

    def _collect(self, name: str, order: list[str]) -> None:
        """Append a module to the order, after those that it imports."""
        for found in _IMPORT.finditer(self.read(name)):
            if found["name"] not in order:
                self._collect(found["name"], order)
        order.append(name)
