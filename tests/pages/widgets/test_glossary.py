import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

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


SAID = "\n".join(
    text
    for folder in ("pages", "core")
    for file in sorted((ROOT / folder).rglob("*.py"))
    if file != Path(glossary.__file__)
    for text in strings(file)
    if " " in text or text[:1].isupper()  # sentences and labels, not keys
)


@pytest.mark.parametrize("term", TERMS)
def test_a_term_is_used_somewhere(term):
    words = re.escape(term).replace(r"\ ", "[ -]")
    others = "\n".join(meaning for name, meaning in TERMS.items() if name != term)
    assert re.search(rf"\b{words}", f"{SAID}\n{others}", re.IGNORECASE)


@pytest.mark.parametrize("term", TERMS)
def test_a_meaning_is_a_sentence(term):
    assert TERMS[term][0].isupper()
    assert TERMS[term].endswith(".")


def test_a_meaning_is_written_once():
    assert [term for term, meaning in TERMS.items() if meaning in SAID] == []
