"""A file imports only from the floors below its own, as docs/architecture.md has them, and never in a circle."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]

ROW = re.compile(r"\| (\d+) \| (`[^|]+`) \|")  # of the table of floors
FLOORS = {
    path: int(floor)
    for floor, paths in ROW.findall((ROOT / "docs" / "architecture.md").read_text("utf-8"))
    for path in re.findall("`([^`]+)`", paths)
}
LAYERS = {
    path.removesuffix("/").removesuffix(".py").replace("/", ".").removesuffix(".__init__"): floor
    for path, floor in FLOORS.items()
}

FILES = sorted([*ROOT.glob("core/**/*.py"), *ROOT.glob("pages/**/*.py"), *ROOT.glob("dashboard.py")])


def module_of(file: Path) -> str:
    """core/signals/noise.py is core.signals.noise, core/__init__.py is core."""
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def unit_of(module: str) -> str:
    """What a module belongs to in LAYERS: a file right below core/, one of its packages, or all pages."""
    first, *rest = module.split(".")
    return f"core.{rest[0]}" if first == "core" and rest else first


@cache
def imports(file: Path) -> list[str]:
    """Every module that a file imports, wherever in it the import stands."""
    return list(_imports(file))


def _imports(file: Path) -> Iterator[str]:
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


def test_every_file_has_a_layer():
    assert [module for module in map(module_of, FILES) if unit_of(module) not in LAYERS] == []


def test_what_has_a_floor_is_there():
    assert [path for path in FLOORS if not (ROOT / path).exists() or (ROOT / path).is_dir() != path.endswith("/")] == []


def not_below(file: Path) -> list[str]:
    """The layers from which a file imports though they are no lower than its own."""
    unit = unit_of(module_of(file))
    others = {unit_of(module) for module in imports(file) if own(module)} - {unit}
    return [other for other in sorted(others) if LAYERS[other] >= LAYERS[unit]]


def test_files_import_only_from_layers_below_their_own():
    assert [(module_of(file), guilty) for file in FILES if (guilty := not_below(file))] == []


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Modules that import each other in a circle, the first of them again at the end; empty where there is none."""
    done: set[str] = set()

    def visit(module: str, path: list[str]) -> list[str]:
        if module in path:
            return [*path[path.index(module) :], module]
        if module in done:
            return []
        for imported in sorted(graph.get(module, ())):
            if found := visit(imported, [*path, module]):
                return found
        done.add(module)
        return []

    return next((found for module in sorted(graph) if (found := visit(module, []))), [])


def test_no_module_imports_itself_by_way_of_others():
    assert circle({module_of(file): {module for module in imports(file) if own(module)} for file in FILES}) == []


def test_a_circle_would_be_found():
    assert circle({"a": {"b", "d"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["b", "c", "b"]


def test_core_never_imports_streamlit():
    guilty = [module_of(file) for file in FILES for module in imports(file) if module.split(".")[0] == "streamlit"]
    assert [module for module in guilty if unit_of(module).startswith("core")] == []


def test_pages_never_import_torch():
    guilty = [module_of(file) for file in FILES for module in imports(file) if module.split(".")[0] == "torch"]
    assert [module for module in guilty if unit_of(module) in ("pages", "dashboard")] == []


def test_the_imports_are_really_read():
    found = {module_of(file): set(imports(file)) for file in FILES}
    assert {"core.generation.surrogate", "core.config", "filelock"} <= found["core.store.run"]
    assert {"torch", "core.networks"} <= found["core.generation.surrogate"]
    assert {"core.training.events", "core.signals.source"} <= found["core.training.trainer"]
