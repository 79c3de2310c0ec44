"""Many processes take the same records in at once, each in an order of its own; some are killed anywhere (SPEC 8.4).

``make race`` runs it with 20 workers and 10,000 records, the tests with fewer. Every person comes in several records, written
in different ways; the true number of leads is the number of people.
"""

import json
import os
import random
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import core.tables  # noqa: F401
from core import sourcing
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.sourcing import Parsed, RawRecord

ROOT = Path(__file__).parent.parent.parent
PAGE = 100
EACH = 5  # records of four people: one of them comes twice
AT = datetime(2026, 11, 4, 18, 0, tzinfo=UTC)


class Crowd:
    """A connector whose records are parsed ones as JSON."""

    kind = "upload"

    def parse(self, record: RawRecord) -> Parsed:
        return Parsed(**json.loads(record.content))


def crowd(records: int) -> list[RawRecord]:
    """``records`` records of four fifths as many people."""
    return [RawRecord(f"r{n}", "1", json.dumps(_said(n)).encode(), "application/json", AT) for n in range(records)]


def people(records: int) -> int:
    """How many people they are, which is how many leads there must be."""
    return len({_person(n) for n in range(records)})


def _person(n: int) -> int:
    return n - n % EACH if n % EACH == EACH - 1 else n


def _said(n: int) -> dict[str, str]:
    who = _person(n)
    name = f"{_letters(who)} {_letters(who * 31 + 7)}"
    said = {
        "name": name,
        "email": f"p{who}@example.com",
        "phone": f"+1702{2_000_000 + who}",
        "street": f"{who + 1} Oak St",
        "zip": "89109",
    }
    if who == n:
        return said
    twins = (
        said | {"email": said["email"].upper()},
        said | {"email": f"q{n}@example.com"},
        said
        | {
            "email": f"q{n}@example.com",
            "phone": f"+1702{3_000_000 + n}",
            "street": said["street"].upper().replace(" ST", " STREET"),
        },
    )
    return twins[n // EACH % 3]


def _letters(n: int) -> str:
    return "".join(chr(97 + n // 26**k % 26) for k in range(5)).title()


def work(source_id: UUID, records: int, seed: int) -> None:
    """One worker: all records, shuffled, page by page; a line on stdout after each."""
    shuffled = crowd(records)
    random.Random(seed).shuffle(shuffled)
    with transaction() as session:
        walk = sourcing.begin_run(session, actor=SYSTEM, source_id=source_id, cause="upload", now=utc_now())
        rules = sourcing.rules_of(session, walk)
    for at in range(0, records, PAGE):
        items = sourcing.prepare(Crowd(), shuffled[at : at + PAGE], rules)  # type: ignore[arg-type]
        with transaction() as session:
            sourcing.take(session, walk=walk, items=items, now=utc_now())
        sys.stdout.write(f"{at}\n")
        sys.stdout.flush()


def race(url: str, source_id: UUID, *, workers: int, records: int, kills: int, seed: int = 7) -> int:
    """Run the workers at once, kill some of them at moments of chance; returns how many died before their end."""
    dice = random.Random(seed)
    running = [_start(url, source_id, records, seed=n) for n in range(workers)]
    dying = dice.sample(running, kills)
    for one in dying:
        for _ in range(dice.randrange(0, max(1, records // PAGE))):
            if not one.stdout or not one.stdout.readline():
                break
        one.send_signal(signal.SIGKILL)
    died = sum(one.wait() == -signal.SIGKILL for one in dying)
    for one in running:
        one.communicate()
        if one not in dying and one.returncode:
            raise RuntimeError(f"a worker ended with {one.returncode}")
    return died


def _start(url: str, source_id: UUID, records: int, *, seed: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.jobs.ingest_race", str(source_id), str(records), str(seed)]
    environment = os.environ | {"DATABASE_URL": url, "HOTLEADS_DEMO": "false", "HOTLEADS_ENV": "test"}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


if __name__ == "__main__":
    work(UUID(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
