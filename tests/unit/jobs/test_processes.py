import os
import signal
import threading
import time

from core.jobs.processes import on_signals, side_by_side
from tests.unit.jobs.saying import say_and_exit
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


def test_a_signal_ends_what_goes_on_and_is_then_as_before():
    before = signal.getsignal(signal.SIGTERM)
    ended = threading.Event()
    with on_signals(ended.set):
        os.kill(os.getpid(), signal.SIGTERM)
        assert ended.wait(60)
    assert signal.getsignal(signal.SIGTERM) is before
