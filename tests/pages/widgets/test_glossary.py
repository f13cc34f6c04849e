import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pages.widgets import glossary
from pages.widgets.glossary import TERMS

ROOT = Path(__file__).parents[3]


def strings(file: Path) -> Iterator[str]:
    """All texts in a Python file but its docstrings."""
    tree = ast.parse(file.read_text("utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


@cache  # and not read as tests are collected, which each worker does
def said() -> str:
    """All that is said anywhere else."""
    return "\n".join(
        text
        for folder in ("pages", "core")
        for file in sorted((ROOT / folder).rglob("*.py"))
        if file != Path(glossary.__file__)
        for text in strings(file)
        if " " in text or text[:1].isupper()  # sentences and labels, not keys
    )


def is_used(term: str) -> bool:
    words = re.escape(term).replace(r"\ ", "[ -]")
    others = "\n".join(meaning for name, meaning in TERMS.items() if name != term)
    return bool(re.search(rf"\b{words}", f"{said()}\n{others}", re.IGNORECASE))


def test_every_term_is_used_somewhere():
    assert [term for term in TERMS if not is_used(term)] == []


def test_meanings_are_sentences():
    assert [term for term, meaning in TERMS.items() if not (meaning[0].isupper() and meaning.endswith("."))] == []


def test_a_meaning_is_written_once():
    assert [term for term, meaning in TERMS.items() if meaning in said()] == []
