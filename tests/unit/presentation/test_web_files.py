import re
import subprocess

import pytest

from core.presentation.web_files import SHARED, WebFiles
from pages.components.web import FILES
from tests.node import NODE


@pytest.fixture
def folder(tmp_path):
    tmp_path.joinpath("top.js").write_text(
        'import { b } from "./b.js";\nimport { a } from "./a.js";\n\nconst top = a + b;\n'
    )
    tmp_path.joinpath("b.js").write_text('import {\n  a,\n} from "./a.js";\n\nexport const b = a + 1;\n')
    tmp_path.joinpath("a.js").write_text("export const a = 1;\n")
    tmp_path.joinpath("notes.txt").write_text("no web file")
    return tmp_path


def test_files_are_found_by_name_wherever_they_lie(folder):
    files = WebFiles(folder)
    assert {"a.js", "b.js", "top.js", "canvas.js", "palette.js", "palette.css"} <= set(files.names)
    assert "notes.txt" not in files.names
    assert files.read("a.js") == "export const a = 1;\n"
    with pytest.raises(KeyError):
        files.read("../a.js")


def test_no_two_files_share_a_name(folder):
    for name in ("canvas.js", "palette.js"):
        folder.joinpath(name).write_text("")
        with pytest.raises(ValueError, match=f"Two files are named {name}"):
            WebFiles(folder)
        folder.joinpath(name).unlink()


def test_the_version_changes_with_any_file(folder):
    before = WebFiles(folder).version
    assert before == WebFiles(folder).version
    folder.joinpath("a.js").write_text("export const a = 2;\n")
    assert WebFiles(folder).version != before


def test_an_inlined_module_has_all_that_it_imports_before_it_and_once(folder):
    lines = [line for line in WebFiles(folder).inlined("top.js").splitlines() if line]
    assert lines == ["const a = 1;", "const b = a + 1;", "const top = a + b;"]


def test_an_inlined_module_loads_nothing():
    assert not re.search(r"^(import|export) ", FILES.inlined("player.js"), re.MULTILINE)


@pytest.mark.parametrize("name", [name for name in FILES.names if name.endswith(".js")])
def test_every_import_of_ours_exists(name):
    for names, module in re.findall(r'import \{([^}]*)\} from "\./([\w.]+)"', FILES.read(name)):
        exported = set(
            re.findall(r"^export (?:async )?(?:const|function|class) (\w+)", FILES.read(module), re.MULTILINE)
        )
        assert {part.strip() for part in names.split(",") if part.strip()} <= exported


def test_shared_files_need_no_component():
    assert set(WebFiles().names) < set(FILES.names)
    assert SHARED.name == "web"
    for name in WebFiles().names:
        if name.endswith(".js"):
            WebFiles().inlined(name)


@pytest.mark.parametrize("name", [name for name in FILES.names if name.endswith(".js")])
def test_an_inlined_module_is_a_script_that_can_be_read(name, tmp_path):
    script = tmp_path / "inlined.mjs"
    script.write_text(FILES.inlined(name))
    checked = subprocess.run([NODE, "--check", script], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
