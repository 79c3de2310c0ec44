"""How long a thread may go on before another one that is ready gets its turn."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

SHORT_S = 0.0005


@contextmanager
def short_turns() -> Iterator[None]:
    """For one thread that works while another waits for the server again and again: at Python's 5 ms a turn, the one whose
    answer is there would wait for the other more than for the server."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(SHORT_S, before))
    try:
        yield
    finally:
        sys.setswitchinterval(before)
