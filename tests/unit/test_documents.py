"""What documents say holds in the code."""

import ast
import inspect
import re
import shlex
from pathlib import Path

import pytest

import core
from core.__main__ import command_line
from core.recordings.reading.files import KINDS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("benchmarks/*.md")]
NAMES = [str(document.relative_to(ROOT)) for document in DOCUMENTS]

COMMAND = re.compile(r"^    (?:[A-Z_]+=\S+ +)*(?:python -m core|wavetwin) +(.+)$", re.MULTILINE)
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def commands(text: str) -> list[str]:
    """What follows the program in the indented lines of a document, without comments and redirections."""
    said = (re.split(r"(?:^|\s+)[#>]", line)[0] for line in COMMAND.findall(text))
    return [line for line in said if line]


def anchors(document: Path) -> set[str]:
    """The links to headings that a document offers."""
    headings = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# The map of the code


def test_the_map_of_the_code_is_the_tree():
    _, table = README.split("## The code")
    listed = {
        path for row in re.findall(r"^\| (`.+?`) \|", table, re.MULTILINE) for path in re.findall("`([^`]+)`", row)
    }
    rooms = [
        *(ROOT / "core").iterdir(),
        *(folder for name in ("pages", "tests") for folder in (ROOT / name).iterdir() if folder.is_dir()),
        *(ROOT / name for name in ("pages", "benchmarks", "deploy", "docs", "dashboard.py")),
    ]
    left_out = ("__pycache__", "__init__.py", "py.typed")
    tree = {f"{path.relative_to(ROOT)}{'/' * path.is_dir()}" for path in rooms if path.name not in left_out}
    assert listed == tree


# Commands and Python


@pytest.mark.parametrize("line", [line for document in DOCUMENTS for line in commands(document.read_text("utf-8"))])
def test_a_command_in_a_document_can_be_said(line):
    command_line().parse_args(shlex.split(line))


def test_the_commands_of_the_documents_are_found():
    assert len(commands(README)) >= 9
    assert 'train --preset quick --name "first try" --json' in commands(README)


def test_every_command_is_in_the_readme():
    said = set(re.findall(r"\b(?:python -m core|wavetwin) ([a-z-]+)", README))
    assert {path.stem.replace("_", "-") for path in (ROOT / "core" / "commands").glob("[!_]*.py")} - {
        "output",  # what commands share
        "shards",  # a part of generate
        "dashboard",  # as the command alone
    } <= said


@pytest.mark.parametrize("code", PYTHON.findall(README))
def test_python_in_the_readme_calls_what_is_there(code):
    functions = {name: getattr(core, name) for name in core.__all__} | {"sample": core.Surrogate.sample}
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    called = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in functions]
    assert called
    for call in called:
        parameters = inspect.signature(functions[call.func.attr]).parameters
        takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
        assert takes_any or {keyword.arg for keyword in call.keywords} <= set(parameters)


@pytest.mark.parametrize("code", PYTHON.findall(README))
def test_python_in_the_readme_takes_from_core_what_it_offers(code):
    nodes = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Attribute)]
    assert {node.attr for node in nodes if isinstance(node.value, ast.Name) and node.value.id == "core"} <= set(
        core.__all__
    )


# Files and links


def test_documented_kinds_of_recordings_are_those_that_are_read():
    text = (ROOT / "docs" / "recordings.md").read_text("utf-8")
    rows = re.findall(r"^\| (`\..+?) \|", text, re.MULTILINE)
    assert {kind for row in rows for kind in re.findall(r"`\.(\w+)`", row)} == set(KINDS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_links_lead_somewhere(document):
    for link in LINK.findall(document.read_text("utf-8")):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_files_that_are_named_are_there(document):
    named = re.findall(r"`((?:core|pages|tests|docs|benchmarks)/[\w./-]+)`", document.read_text("utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []


# What is said in two places


def test_continuous_integration_runs_what_the_readme_names():
    assert (ROOT / ".ci" / "run").read_text("utf-8").rstrip().endswith("make test")
    assert "make test" in README


def test_the_commit_hooks_run_what_lint_runs():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    lint = re.search(r"^lint:.*\n((?:\t.+\n)+)", makefile, re.MULTILINE)[1]
    hooks = re.findall(r"entry: \.venv/bin/(.+)", (ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    assert hooks == re.findall(r"\$\(BIN\)/(.+)", lint)


def test_the_version_has_its_place_in_the_changelog():
    assert f"\n## {core.__version__} " in (ROOT / "CHANGELOG.md").read_text("utf-8")
