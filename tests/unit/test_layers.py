"""A file imports only from the layers below its own. A new file needs a line in LAYERS."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LAYERS = {
    "core.errors": 0,
    "core.config": 1,
    "core.seeds": 1,
    "core.words": 1,
    "core.metrics": 1,
    "core.conditions": 2,
    "core.signals": 2,
    "core.networks": 2,
    "core.figures": 2,
    "core.savings": 2,
    "core.trouble": 2,
    "core.fidelity": 3,
    "core.recordings": 3,
    "core.training": 4,
    "core.pace": 4,
    "core.pictures": 4,
    "core.surrogate": 5,
    "core.sound": 2,
    "core.knobs": 6,
    "core.explore": 8,
    "core.report_file": 5,
    "core.runs": 6,
    "core.export": 6,
    "core.datasets": 7,
    "core.replay": 8,
    "core.replay_picture": 9,
    "core.replay_file": 10,
    "core.jobs": 8,
    "core.rehearsal": 8,
    "core.evaluation": 8,
    "core.spotting": 8,
    "core.library": 8,
    "core.examples": 8,
    "core.routes": 11,
    "core.__main__": 11,
    "core": 11,
    "pages": 12,
    "dashboard": 13,
}

FILES = sorted([*ROOT.glob("core/**/*.py"), *ROOT.glob("pages/**/*.py"), *ROOT.glob("dashboard.py")])
NAMES = [str(file.relative_to(ROOT)) for file in FILES]


def module_of(file: Path) -> str:
    """core/signals/noise.py is core.signals.noise, core/__init__.py is core."""
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def unit_of(module: str) -> str:
    """The line of LAYERS that a module belongs to: a file right below core/, one of its packages, or all pages."""
    first, *rest = module.split(".")
    return f"core.{rest[0]}" if first == "core" and rest else first


def imports(file: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.name}:{node.lineno}: write the whole name of what is imported"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                is_module = (ROOT / inner.replace(".", "/")).is_dir() or (
                    ROOT / f"{inner.replace('.', '/')}.py"
                ).is_file()
                yield inner if is_module else node.module


def own(module: str) -> bool:
    return module.split(".")[0] in ("core", "pages", "dashboard")


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_a_file_has_a_layer(file):
    assert unit_of(module_of(file)) in LAYERS


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_a_file_imports_only_from_layers_below_its_own(file):
    unit = unit_of(module_of(file))
    others = {unit_of(module) for module in imports(file) if own(module)} - {unit}
    assert [other for other in sorted(others) if LAYERS[other] >= LAYERS[unit]] == []


def test_core_never_imports_streamlit():
    guilty = [module_of(file) for file in FILES for module in imports(file) if module.split(".")[0] == "streamlit"]
    assert [module for module in guilty if unit_of(module).startswith("core")] == []


def test_pages_never_import_torch():
    guilty = [module_of(file) for file in FILES for module in imports(file) if module.split(".")[0] == "torch"]
    assert [module for module in guilty if unit_of(module) in ("pages", "dashboard")] == []


def test_the_imports_are_really_read():
    found = {module_of(file): set(imports(file)) for file in FILES}
    assert {"core.surrogate", "core.config", "filelock"} <= found["core.runs"]
    assert {"torch", "core.networks"} <= found["core.surrogate"]
    assert {"core.training.events", "core.signals"} <= found["core.training.trainer"]
