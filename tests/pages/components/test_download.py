"""What is said of a download."""

import subprocess

import orjson
import pytest

from core.routes.turns import Progress
from pages.components.web import FILES
from tests.node import NODE


@pytest.mark.parametrize(
    ("progress", "said"),
    [
        (Progress(100_000), "Waiting for other downloads. Yours begins by itself."),
        (Progress(100_000, sent=2048, begun=10.0, ended=12.5), "2,048 of 100,000 signals · 2.5 s"),
    ],
    ids=["waiting", "under way"],
)
def test_it_is_said_how_far_a_download_is(progress, said, tmp_path):
    script = tmp_path / "download.mjs"
    told = orjson.dumps(progress.as_json()).decode()
    script.write_text(f"{FILES.inlined('download.js')}\nconsole.log(progressText({told}));\n")
    found = subprocess.run([NODE, script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == said
