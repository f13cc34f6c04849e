"""Kills Wavetwin at random moments, and looks whether anything is lost or half done.

python -m benchmarks.kills --count 240

Each trial works on a copy of one data folder in a process of its own, which is killed (SIGKILL) at a random moment. Then the
folder must open, the doctor must find no loss, what was worked on must be as before or as it was to be, and a run must go on to
the same twin, bit for bit. As root it also fills a small disk, and makes it read-only, for each kind of work.
"""

import argparse
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import numpy as np
import orjson

from benchmarks._work import NEW, SMALL, WORK, facts, learned, run_of, template, train
from core.errors import WavetwinError
from core.store.status import State
from core.upkeep.doctor import examine, mend

DISK_MB = 16


@dataclass
class Outcome:
    """What a child process said at its end."""

    value: object = None
    error: str = ""


def in_child(do: Callable[[], object], folder: Path, kill_after: float | None = None) -> Outcome | None:
    """Do something in a process of its own; None where it was killed."""
    answer = folder.with_suffix(".json")
    answer.unlink(missing_ok=True)
    child = os.fork()
    if not child:
        result: dict[str, object] = {}
        try:
            result["value"] = do()
        except WavetwinError as error:
            result["error"] = str(error)
        except BaseException as error:
            result["error"] = f"CRASHED {error!r}"[:2000]
        with suppress(BaseException):
            answer.with_suffix(".part").write_bytes(orjson.dumps(result))
            answer.with_suffix(".part").replace(answer)  # whole or not at all, whenever it is killed
        os._exit(0)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return Outcome(**orjson.loads(answer.read_bytes())) if answer.exists() else None


@dataclass
class Reference:
    """How the work goes when nothing happens to it."""

    seconds: float
    before: dict[str, str]
    after: dict[str, str]
    learned: list[str] = field(default_factory=list)


def value(outcome: Outcome | None) -> object:
    """What a child returned; raises RuntimeError where it failed."""
    if outcome is None or outcome.error:
        raise RuntimeError(outcome.error if outcome else "the process ended")
    return outcome.value


def reference(name: str, origin: Path, folder: Path) -> Reference:
    """Do the work to its end."""
    before = value(in_child(lambda: facts(origin), folder))
    shutil.copytree(origin, folder)
    started = time.perf_counter()
    value(in_child(lambda: WORK[name](folder) and None, folder))
    seconds = time.perf_counter() - started
    after = value(in_child(lambda: facts(folder), folder))
    found = value(in_child(lambda: learned(folder), folder)) if name == "train" else []
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert isinstance(found, list)
    return Reference(seconds, before, after, found)


def verdict(name: str, folder: Path, wanted: Reference) -> str:
    """What is found after a kill: before, after, or what is wrong."""
    seen = facts(folder)
    n_left = 0
    for part in folder.rglob("*.wavetwin-part"):
        for path in (*part.rglob("*"), part):
            os.utime(path, (0, time.time() - 120))
        n_left += part.is_relative_to(folder / "data")
    for finding in examine(folder / "data").findings:
        if finding.mend:
            assert mend(finding) is None
    assert not list((folder / "data").rglob("*.wavetwin-part"))
    left = " +left" * bool(n_left)
    if name == "train":
        state = run_of(folder, NEW).status.state
        if state is not State.FINISHED:
            train(folder)
        assert learned(folder) == wanted.learned, "another twin"
        return ("after" if state is State.FINISHED else "before") + left
    if seen == wanted.after:
        return "after" + left
    partly = name == "restore" and wanted.before.items() <= seen.items() <= wanted.after.items()
    assert seen == wanted.before or partly, seen
    return "before" + left


def trial(name: str, origin: Path, folder: Path, wanted: Reference, rng: np.random.Generator) -> str:
    """Kill once, and say what is found."""
    shutil.copytree(origin, folder)
    in_child(lambda: WORK[name](folder) and None, folder, float(rng.uniform(0, wanted.seconds)))
    outcome = in_child(lambda: verdict(name, folder, wanted), folder)
    shutil.rmtree(folder)
    return (
        "LOST the process ended"
        if outcome is None
        else (outcome.error and f"LOST {outcome.error}") or str(outcome.value)
    )


def kills(names: list[str], count: int, origin: Path, seed: int) -> Iterator[tuple[str, Counter[str]]]:
    """For each kind of work, how often it was found how."""
    rng = np.random.default_rng(seed)
    for name in names:
        wanted = reference(name, origin, origin.parent / "reference")
        shutil.rmtree(origin.parent / "reference")
        yield (
            name,
            Counter(trial(name, origin, origin.parent / "trial", wanted, rng) for _ in range(count // len(names))),
        )


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of its own; needs root, and raises CalledProcessError without."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)
        folder.rmdir()


def full_disk(name: str, origin: Path, room: int) -> str:
    """Do the work with so many bytes left, then make room and do it again; says what is found."""
    with small_disk(origin.parent / "disk") as disk:
        folder = disk / "trial"
        shutil.copytree(origin, folder)
        left = shutil.disk_usage(disk).free - room
        (disk / "filler").write_bytes(bytes(max(0, left)))
        outcome = in_child(lambda: WORK[name](folder) and None, origin.parent / "answer")
        seen = in_child(lambda: facts(folder), origin.parent / "answer")
        (disk / "filler").unlink()
        again = in_child(lambda: WORK[name](folder) and None, origin.parent / "answer")
    if outcome is None or outcome.error.startswith("CRASHED"):
        return f"LOST {outcome}"
    if seen is None or seen.error:
        return f"LOST {seen}"
    if outcome.error and (again is None or again.error):
        return f"LOST {again}"
    return "said" if outcome.error else "done"


def read_only(name: str, origin: Path) -> str:
    """Try the work where nothing can be written; says what is found."""
    with small_disk(origin.parent / "disk") as disk:
        folder = disk / "trial"
        shutil.copytree(origin, folder)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        outcome = in_child(lambda: WORK[name](folder) and None, origin.parent / "answer")
        seen = in_child(lambda: facts(folder), origin.parent / "answer")
    if outcome is None or not outcome.error or outcome.error.startswith("CRASHED"):
        return f"LOST {outcome}"
    return "said" if seen and not seen.error else f"LOST {seen}"


def main() -> int:
    """Print what came of it; 1 where anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=240, help="kills in all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", nargs="+", choices=WORK, default=list(WORK))
    parser.add_argument("--rooms", type=int, nargs="*", default=[0, 2, 8, 30, 90, 180], help="KB left on a full disk")
    options = parser.parse_args()
    lost = []
    logging.disable(logging.CRITICAL)
    with ExitStack() as stack:
        base = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wavetwin-kills-")))
        for name, number in SMALL.items():
            stack.enter_context(patch(name, number))
        origin = base / "origin"
        origin.mkdir()
        value(in_child(lambda: template(origin), base / "answer"))
        print("| work | kills | as before | as it was to be | with leftovers, all mended | lost |")
        print("|---|---|---|---|---|---|")
        for name, found in kills(options.work, options.count, origin, options.seed):
            wrong = {text: n for text, n in found.items() if text.startswith("LOST")}
            lost += list(wrong)
            parts = [sum(n for text, n in found.items() if text.startswith(part)) for part in ("before", "after")]
            n_left = sum(n for text, n in found.items() if text.endswith("+left"))
            print(
                f"| {name} | {found.total()} | {parts[0]} | {parts[1]} | {n_left} | {sum(wrong.values())} |", flush=True
            )
        if options.rooms and os.geteuid() == 0:
            print("\n| work | full disk: said, then done with room | done all the same | read-only: said | lost |")
            print("|---|---|---|---|---|")
            for name in options.work:
                full = Counter(full_disk(name, origin, 1000 * room) for room in options.rooms)
                wrong_here = [text for text in (*full, read_only(name, origin)) if text.startswith("LOST")]
                lost += wrong_here
                print(
                    f"| {name} | {full['said']} | {full['done']} | {'no' if wrong_here else 'yes'} | {len(wrong_here)} |",
                    flush=True,
                )
    print("\n".join(lost))
    return bool(lost)


if __name__ == "__main__":
    sys.exit(main())
