import re

import pytest
import streamlit as st

from pages.components.web import FILES, base_path, component, route


@pytest.fixture
def below(monkeypatch):
    """Sets the path below which the server answers."""

    def set_path(path: str) -> None:
        monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": path}.__getitem__)

    return set_path


@pytest.mark.parametrize(("option", "path"), [("", ""), ("twins", "/twins"), ("/lab/twins/", "/lab/twins")])
def test_the_base_path_begins_with_a_slash_and_ends_without(below, option, path):
    below(option)
    assert base_path() == path
    assert route("replay", {"run": "a b", "step": 3}) == f"{path}/api/replay?run=a+b&step=3"


def test_a_component_loads_its_module_below_the_version(below, monkeypatch):
    below("twins")
    declared = {}
    monkeypatch.setattr(st.components.v2, "component", lambda name, **parts: declared.update(parts, name=name))
    component("chart", "<div></div>")
    assert declared["name"] == "wavetwin_chart"
    assert f'"/twins/assets/{FILES.version}/chart.js"' in declared["js"]
    assert not declared["isolate_styles"]


@pytest.mark.parametrize("name", ["cards", "chart", "download", "explorer", "markup", "replay", "stage"])
def test_every_component_has_a_half_that_exports_a_default(name):
    assert re.search(r"^export default function", FILES.read(f"{name}.js"), re.MULTILINE)
