"""A file imports only from the layers below its own. A new file needs a line in LAYERS."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LAYERS = {
    "core.errors": 0,
    "core.seeds": 0,
    "core.formatting": 0,
    "core.file_format": 0,
    "core.config": 1,
    "core.signals": 2,
    "core.networks": 2,
    "core.recordings": 3,
    "core.fidelity": 3,
    "core.generation": 3,
    "core.training": 4,
    "core.store": 5,
    "core.presentation": 5,
    "core.jobs": 6,
    "core.demos": 6,
    "core.examples": 6,
    "core.routes": 7,
    "core.commands": 7,
    "core": 8,
    "core.__main__": 9,
    "pages": 9,
    "dashboard": 10,
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
    assert {"core.generation.surrogate", "core.config", "filelock"} <= found["core.store.runs"]
    assert {"torch", "core.networks"} <= found["core.generation.surrogate"]
    assert {"core.training.events", "core.signals.source"} <= found["core.training.trainer"]
