"""What tests of commands share besides: how a command ended, and settings files."""

from pathlib import Path

import orjson

from core.config import RunConfig

Outcome = tuple[int, str, str]  # exit code, stdout, stderr


def written(config: RunConfig, path: Path) -> Path:
    path.write_text(config.model_dump_json())
    return path


def last_line(output: str) -> dict:
    return orjson.loads(output.splitlines()[-1])


def refused(outcome: Outcome) -> bool:
    """Exit code 2, nothing on stdout and one sentence on stderr."""
    code, out, err = outcome
    return code == 2 and out == "" and err.count("\n") == 1 and err.strip() != "" and "Traceback" not in err
