import re
import tomllib
from pathlib import Path

import pytest

from core.presentation import palette
from core.presentation.palette import COLORS, FAKE, FAKE_DASH, PALETTES, as_css, as_javascript

ROOT = Path(__file__).parents[3]
SOURCES = [
    file
    for folder in ("core", "pages")
    for file in (ROOT / folder).rglob("*")
    if file.suffix in (".css", ".js", ".html", ".py")
]
HEX = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b")
DASH = re.compile(r"4(?:\.0|px)?[, ]+1\.5")


def test_real_and_fake_have_the_colours_of_okabe_and_ito():
    assert COLORS["real"] == ("#0072B2", "#56B4E9")
    assert COLORS["fake"] == ("#D55E00", "#E69F00")


def test_both_themes_have_all_roles():
    assert PALETTES["light"].keys() == PALETTES["dark"].keys() == COLORS.keys()


def test_no_colour_and_no_dash_is_written_anywhere_else():
    texts = [(file, file.read_text("utf-8")) for file in SOURCES if file.name != "palette.py"]
    found = [(str(file.relative_to(ROOT)), HEX.findall(text) + DASH.findall(text)) for file, text in texts]
    assert [(file, signs) for file, signs in found if signs] == []


def test_the_files_are_really_read():
    names = {file.name for file in SOURCES}
    assert {"canvas.js", "style.css", "report.html", "plots.py", "cards.css"} <= names
    assert HEX.findall("color: #0072B2; background: #fff") == ["#0072B2", "#fff"]
    assert DASH.findall("[4, 1.5] 4 1.5 4px,1.5px (4.0, 1.5)") == ["4, 1.5", "4 1.5", "4px,1.5", "4.0, 1.5"]


@pytest.mark.parametrize("theme", PALETTES)
def test_streamlits_theme_agrees(theme):
    set_there = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"][theme]
    roles = {
        "primary": "primaryColor",
        "paper": "backgroundColor",
        "ink": "textColor",
        "edge": "borderColor",
        "link": "linkColor",
    }
    assert {name: set_there[name] for name in roles.values()} == {roles[role]: PALETTES[theme][role] for role in roles}


def test_a_variable_for_each_role():
    css = as_css()
    assert "--wt-real: light-dark(#0072B2, #56B4E9);" in css
    assert "--wt-on-primary: light-dark(#FFFFFF, #FFFFFF);" in css
    assert "--wt-fake-dash: 4 1.5;" in css
    assert len(re.findall("--wt-", css)) == len(COLORS) + 1


@pytest.mark.parametrize(
    "file", [file for file in SOURCES if file.suffix in (".css", ".html")], ids=lambda file: file.name
)
def test_every_variable_that_is_used_is_set(file):
    text = file.read_text("utf-8")
    assert set(re.findall(r"var\((--wt-[\w-]+)\)", text)) <= set(re.findall(r"(--wt-[\w-]+):", as_css() + text))


def test_scripts_get_the_same():
    script = as_javascript()
    assert '"light":{"real":"#0072B2"' in script
    assert "FAKE_DASH = [4.0,1.5];" in script


def test_plotly_dashes_fakes_in_the_same_way():
    assert FAKE["dash"] == ",".join(f"{length:g}px" for length in FAKE_DASH)
    assert "dash" not in palette.REAL
