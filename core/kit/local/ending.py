"""End a server for certain: also one that was only just started, and one that does not do as it is asked."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress

APPEARS_WITHIN_S = 5.0  # a server that was started writes its process id down by then
AT_ONCE_S = 5.0


def end_server(
    pid: Callable[[], int | None], *, launched_at: float | None, gently: signal.Signals, firmly: signal.Signals, seconds: float
) -> None:
    """Ask the server to end by one signal and, when it runs on after that time, by the other; returns when it is gone.

    ``launched_at``: when this process started it (``time.monotonic``), so that one without a process id yet is waited for.
    """
    found = pid()
    while found is None and launched_at is not None and time.monotonic() < launched_at + APPEARS_WITHIN_S:
        time.sleep(0.02)
        found = pid()
    for signum, within_s in ((gently, seconds), (firmly, AT_ONCE_S)):
        if found is None:
            return
        with suppress(ProcessLookupError):
            os.kill(found, signum)
        until = time.monotonic() + within_s
        while (found := pid()) is not None and time.monotonic() < until:
            time.sleep(0.05)
