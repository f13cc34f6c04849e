import os
import signal
import threading
import time
from multiprocessing.context import SpawnProcess
from types import SimpleNamespace

from core.jobs.processes import on_signals, side_by_side
from tests.unit.jobs.saying import say_and_exit, say_and_wait
from tests.waiting import wait_until


def test_processes_work_side_by_side_and_one_that_dies_is_replaced(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr("core.jobs.processes.RESTART_SECONDS", 0)
    assert side_by_side(say_and_exit, [(str(tmp_path), "dies", 0), (str(tmp_path), "other", 1)]) == [0, 1]
    assert sorted(file.name.partition("-")[0] for file in tmp_path.iterdir()) == ["dies", "dies", "other"]
    assert "killed by signal 9" in caplog.text


def test_all_are_told_to_end_when_this_one_is(tmp_path):
    def tell() -> None:
        wait_until(lambda: len(list(tmp_path.iterdir())) == 2)
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGTERM)

    telling = threading.Thread(target=tell)
    telling.start()
    codes = side_by_side(say_and_exit, [(str(tmp_path), "stays", 0)] * 2)
    telling.join()
    assert set(codes) <= {0, -signal.SIGTERM}


def test_one_that_is_told_to_end_while_it_starts_processes_starts_no_others(tmp_path, monkeypatch):
    start = SpawnProcess.start

    def start_and_tell(process: SpawnProcess) -> None:
        monkeypatch.undo()
        start(process)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(SpawnProcess, "start", start_and_tell)
    codes = side_by_side(say_and_exit, [(str(tmp_path), "other", 0)] * 3)
    assert len(list(tmp_path.iterdir())) <= 1
    assert len(codes) == 3


def test_one_that_dies_while_another_is_replaced_is_replaced_as_well(tmp_path, monkeypatch):
    def process_of(name: str) -> int:
        (file,) = tmp_path.glob(f"{name}-*")
        return int(file.name.partition("-")[2])

    def kill_the_first(_seconds: float) -> None:
        monkeypatch.undo()
        first = process_of("first")
        os.kill(first, signal.SIGKILL)
        os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)

    def kill_the_second() -> None:
        wait_until(lambda: len(list(tmp_path.iterdir())) == 2)
        os.kill(process_of("second"), signal.SIGKILL)

    monkeypatch.setattr("core.jobs.processes.time", SimpleNamespace(sleep=kill_the_first))
    killing = threading.Thread(target=kill_the_second)
    killing.start()
    both = [(str(tmp_path), "first", "second"), (str(tmp_path), "second", "first")]
    assert side_by_side(say_and_wait, both) == [0, 0]
    killing.join()


def test_a_signal_ends_what_goes_on_and_is_then_as_before():
    before = signal.getsignal(signal.SIGTERM)
    ended = threading.Event()
    with on_signals(ended.set):
        os.kill(os.getpid(), signal.SIGTERM)
        assert ended.wait(60)
    assert signal.getsignal(signal.SIGTERM) is before
