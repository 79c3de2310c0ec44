"""Threads beside the worker: room is waited for where it may come, and not where it won't."""

import threading

import pytest

from jobs import aside
from jobs.aside import Aside


def test_room_that_comes_in_a_moment_is_waited_for() -> None:
    threads, held = Aside(1, 30.0), threading.Event()
    assert threads.enter()
    threads.finish(held.wait)
    waiting = threading.Thread(target=lambda: (threads.enter(), threads.finish(lambda: None)))
    waiting.start()
    held.set()
    waiting.join(20)
    assert not waiting.is_alive()
    threads.close()


def test_after_waiting_in_vain_nobody_waits_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [100.0]
    monkeypatch.setattr(aside.time, "monotonic", lambda: moment[0])
    threads = Aside(1, 0.01)
    assert threads.enter() and not threads.enter()
    monkeypatch.setattr(threads, "_patience_s", 3_600.0)  # whoever waited now would not come back
    assert not threads.enter()
    moment[0] += aside.HOPELESS_S + 1
    monkeypatch.setattr(threads, "_patience_s", 0.01)
    assert not threads.enter(), "it was waited for once more"
    threads.leave()
    assert threads.enter()
    threads.leave()
    threads.close()


def test_who_has_no_patience_never_waits() -> None:
    threads = Aside(1)
    assert threads.enter() and not threads.enter()
    threads.leave()
    threads.close()
