"""Python's search for rings of objects that nobody refers to, held back while there are none to find."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = 100_000  # objects made in between


@contextmanager
def seldom_collected() -> Iterator[None]:
    """For long loops over plain rows: what they make goes when the last one lets go of it, and looking through every object
    alive again and again costs a tenth of their time."""
    before = gc.get_threshold()
    gc.set_threshold(SELDOM, before[1], before[2])
    try:
        yield
    finally:
        gc.set_threshold(*before)
