"""Programs that signals to our own group don't reach: whoever ends the group ends us, and we end the servers."""

import signal
import subprocess
from collections.abc import Sequence
from typing import Any

TRIES = 100
_ENDED_BY = {-signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP}


def run_apart(command: Sequence[str], *, check: bool = False, **how: Any) -> subprocess.CompletedProcess[Any]:
    """``subprocess.run`` in a session of its own; a server that the program leaves behind is not half started.

    One that a signal meets in the moment before it has left our group has not begun: it is run once more.
    """
    done = subprocess.run(command, start_new_session=True, **how)
    for _ in range(TRIES):
        if done.returncode not in _ENDED_BY:
            break
        done = subprocess.run(command, start_new_session=True, **how)
    if check:
        done.check_returncode()
    return done
