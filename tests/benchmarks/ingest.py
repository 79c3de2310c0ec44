"""``hotleads bench ingest``: a source's records through the whole pipeline into PostgreSQL, in one process (SPEC 8.3, 8.4).

Beside it: pgbench inserting the same rows without asking anything. ``scale`` records of people, every fifth of whom is
among the ``existing`` requests already, exactly or with a slip of the pen.
"""

import json
import os
import random
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import text

import core.tables  # noqa: F401
from core import accounts, markets, niches, sourcing
from core.kit import clock, config, crypto, db
from core.kit.actor import SYSTEM
from core.kit.db import Json, transaction
from core.kit.local.places import find_program
from core.sourcing import Batch, Parsed, RawRecord, RunCounts, Uses
from core.sourcing.dedupe import Candidate, shape_of
from core.sourcing.dedupe.match import filed_under
from jobs.ingest import walk_through
from tests.benchmarks.ground import machine, own_database

Progress = Callable[[str], None]
HERE = Path(__file__).parent
TRAITS_AT_ONCE = 25_000  # requests whose traits one process files at a time
PAGE = 1_000  # as many a transaction as `jobs.ingest.BATCH`
FIX = "Install postgresql-client."
FEED = {"feed_url": "https://feed.example/rss", "contact_url": "https://hotleads.example"}
FIRSTS = [
    "Alma", "Bruno", "Carla", "Dario", "Edith", "Felix", "Gloria", "Hector", "Irene", "Jonas", "Karen", "Luis", "Marta",
    "Nils", "Olga", "Pablo", "Queenie", "Ramon", "Sofia", "Tomas", "Ursula", "Victor", "Wanda", "Xavier", "Yvonne",
    "Zoltan",
]  # fmt: skip
HEADS = [
    "Bar", "Ben", "Cal", "Cor", "Dal", "Fen", "Gar", "Hol", "Kel", "Lan", "Mar", "Nor", "Pel", "Quin", "Ros", "San",
    "Tal", "Van", "Wes", "Yor",
]  # fmt: skip
TAILS = [
    "der", "field", "ham", "ley", "man", "mont", "nell", "more", "sen", "son", "ster", "ton", "ville", "well", "wick",
    "wood", "worth",
]  # fmt: skip
LASTS = [head + tail for head in HEADS for tail in TAILS]
TREES = [
    "Oak", "Elm", "Pine", "Cedar", "Maple", "Birch", "Walnut", "Willow", "Juniper", "Sage", "Canyon", "Mesa", "Vista",
    "Sunset", "River", "Lake", "Hill",
]  # fmt: skip
STREETS = [f"{tree} {kind}" for tree in TREES for kind in ("St", "Ave", "Dr", "Ln", "Ct", "Rd", "Blvd", "Way")]


def run(*, progress: Progress, scale: int = 20_000, existing: int = 1_000_000, seconds: int = 10, **_: Any) -> dict[str, Any]:
    """Measure over ``scale`` records against ``existing`` requests; figures as in the contracts."""
    os.environ.setdefault("HOTLEADS_DEMO", "true")
    with own_database("ingest") as url:
        _use(url)
        source_id, zips = _prepare(url, existing, progress)
        started, memory = _memory_mb(), []
        progress(f"taking {scale:,} records in")
        began, cpu, servers = time.monotonic(), time.process_time(), _server_cpu_s()
        counts = walk_through(
            source_id, actor=SYSTEM, cause="person", connector=People(scale, existing, zips),
            tell=lambda done: _told(done, scale, began, memory, progress),
        )  # fmt: skip
        took = time.monotonic() - began
        cpu, servers = time.process_time() - cpu, _server_cpu_s() - servers
        leads = _count("select count(*) from lead where source = 'connector'")
        progress(f"pgbench for {seconds} s: the same rows, as many a transaction")
        limit, command = _limit(url, seconds)
        about = machine(url)
        db.engine().dispose()
    return {
        "name": "ingest", "scale": scale, "existing": existing, "machine": about,
        "load": [round(one, 2) for one in os.getloadavg()],
        "records_per_s": round(scale / took, 1), "rss_mb_start": started, "rss_mb_end": _memory_mb(),
        "cpu_ms_per_record": {"python": round(1e3 * cpu / scale, 3), "postgresql": round(1e3 * servers / scale, 3)},
        "rss_mb_by_tenth": memory, "duplicates_found": counts.duplicates, "duplicates_there": scale // 5, "leads": leads,
        "counts": asdict(counts), "limit": {"records_per_s": round(limit, 1), "command": command},
        "ratio": round(scale / took / limit, 3),
        "ratio_of": "records_per_s to pgbench inserting the same rows without looking for anybody; higher is better",
    }  # fmt: skip


class People:
    """A source that makes its records up as it is asked: the same ones for the same numbers."""

    kind = "upload"

    def __init__(self, records: int, existing: int, zips: list[Any]) -> None:
        self.records, self.existing, self.zips = records, existing, zips

    def fetch(self, cursor: Json | None) -> Iterator[Batch]:
        """Pages of records after the cursor."""
        at, now = (cursor or {}).get("next", 0), clock.utc_now()
        while at < self.records:
            until = min(at + PAGE, self.records)
            yield Batch(tuple(self._record(n, now) for n in range(at, until)), {"next": until})
            at = until

    def parse(self, record: RawRecord) -> Parsed:
        """The record is the parsed one as JSON."""
        return Parsed(**json.loads(record.content))

    def _record(self, n: int, now: datetime) -> RawRecord:
        dice = random.Random(n)
        known = n % 5 == 0 and self.existing > 0
        i = 1 + dice.randrange(self.existing) if known else self.existing + 1 + n
        said = person(i, self.zips)
        if known:
            said = dice.choice((as_said, other_mailbox, other_phone))(said)
        said["facts"] = {"bedrooms": 1 + n % 6}
        return RawRecord(f"r{n}", "1", json.dumps(said).encode(), "application/json", now)


def person(i: int, zips: list[Any]) -> dict[str, Any]:
    """The i-th person, as ``ingest_world.sql`` makes them. People of one name live in different streets."""
    zip_, city, state = zips[(i * 104729) % len(zips)]
    return {
        "name": f"{FIRSTS[i % len(FIRSTS)]} {LASTS[(i // len(FIRSTS)) % len(LASTS)]}",
        "email": f"p{i}@mail{i % 977}.com",
        "phone": f"+1{('702', '214', '512', '602')[i % 4]}{2_000_000 + i // 4:07d}",
        "street": f"{1 + i % 9973} {STREETS[(i * 7919 + i // 97) % len(STREETS)]}",
        "city": city, "state": state, "zip": zip_,
    }  # fmt: skip


def as_said(said: dict[str, Any]) -> dict[str, Any]:
    """The same in another way of writing."""
    return said | {"email": said["email"].upper(), "phone": f"({said['phone'][2:5]}) {said['phone'][5:8]}-{said['phone'][8:]}"}


def other_mailbox(said: dict[str, Any]) -> dict[str, Any]:
    """Another mailbox, the same phone and name."""
    return said | {"email": "x" + said["email"]}


def other_phone(said: dict[str, Any]) -> dict[str, Any]:
    """Neither mailbox nor phone the same: known by name and home alone, the name with a slip."""
    slip = said["name"][:2] + said["name"][3:]
    return said | {"email": "y" + said["email"], "phone": said["phone"][:5] + "9" + said["phone"][6:], "name": slip}


def _use(url: str) -> None:
    os.environ["DATABASE_URL"] = url
    config.settings.cache_clear()
    db.engine.cache_clear()


def _prepare(url: str, existing: int, progress: Progress) -> tuple[UUID, list[Any]]:
    now = clock.utc_now()
    with transaction() as session:
        accounts.ensure_system_user(session, now=now)
        markets.seed_launch_markets(session, now=now)
        niches.seed_launch_niches(session, now=now)
        niche = niches.get_niche(session, "home-seller")
        source = sourcing.add_source(session, actor=SYSTEM, kind="feed", name="Bench", settings=FEED, niche_id=niche.id, now=now)
        sourcing.grant_permission(
            session,
            actor=SYSTEM,
            source_id=source.id,
            uses=Uses(True, True, "allowed"),
            licence="Ours",
            evidence="Bench",
            now=now,
        )
        zips = [tuple(row) for row in session.execute(text("select zip, city, state from market_zip order by zip"))]
    if existing:
        progress(f"making {existing:,} requests that are there already")
        values = {"leads": str(existing), "niche": str(niche.id), "key": crypto.lasting_key_for("contact").hex()}
        values |= {name: "{" + ",".join(f'"{one}"' for one in words) + "}" for name, words in
                   (("firsts", FIRSTS), ("lasts", LASTS), ("streets", STREETS))}  # fmt: skip
        _psql(url, HERE / "ingest_world.sql", values)
        progress("filing their traits")
        _file_traits(url, niche.id, zips)
    return source.id, zips


def _file_traits(url: str, niche: UUID, zips: list[Any]) -> None:
    """The keys under which those requests are met, as intake files them; made by as many processes as there are cores."""
    with psycopg.connect(url, autocommit=True) as connection:
        ids = [row[0] for row in connection.execute("select id from lead order by id")]
        connection.execute("set maintenance_work_mem = '512MB'")
        connection.execute("drop index lead_block_lead; alter table lead_block drop constraint lead_block_pkey")
        parts = [(url, niche, ids[at : at + TRAITS_AT_ONCE], at + 1, zips) for at in range(0, len(ids), TRAITS_AT_ONCE)]
        if len(parts) == 1:
            _copy_traits(parts[0])
        else:
            with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as beside:
                list(beside.map(_copy_traits, parts))
        connection.execute("alter table lead_block add primary key (key, lead_id)")
        connection.execute("create index lead_block_lead on lead_block (lead_id)")
        connection.execute("vacuum (analyze) lead_block")


def _copy_traits(part: tuple[str, UUID, list[UUID], int, list[Any]]) -> None:
    url, niche, ids, first, zips = part
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("set synchronous_commit = off")
        with cursor.copy("copy lead_block (key, lead_id) from stdin") as copy:
            for i, lead_id in enumerate(ids, first):
                keys = filed_under(Candidate(lead_id, niche, shape_of(**person(i, zips), unit=None)))
                copy.write("".join(f"{key}\t{lead_id}\n" for key in keys))


def _psql(url: str, file: Path, values: dict[str, str]) -> None:
    named = [part for name, value in values.items() for part in ("-v", f"{name}={value}")]
    subprocess.run([find_program("psql", fix=FIX), "-qX", "-v", "ON_ERROR_STOP=1", *named, "-f", str(file), url], check=True)


def _told(done: RunCounts, scale: int, began: float, memory: list[int], progress: Progress) -> None:
    if len(memory) < 10 * done.fetched // scale:
        memory.append(_memory_mb())
        progress(f"{done.fetched:,} of {scale:,}: {done.fetched / (time.monotonic() - began):,.0f}/s, {memory[-1]} MB")


def _memory_mb() -> int:
    """What this process holds now (not its peak)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 2**20


def _server_cpu_s() -> float:
    """Processor time of this database's connections so far; 0 where the server is another machine."""
    with transaction() as session:
        pids = session.execute(text("select pid from pg_stat_activity where datname = current_database()")).scalars().all()
    seen = [path.read_text().rpartition(")")[2].split() for pid in pids if (path := Path(f"/proc/{pid}/stat")).exists()]
    return sum(int(one[11]) + int(one[12]) for one in seen) / os.sysconf("SC_CLK_TCK")


def _count(sql: str) -> int:
    with transaction() as session:
        return int(session.execute(text(sql)).scalar_one())


def _limit(url: str, seconds: int) -> tuple[float, str]:
    """Records a second that pgbench puts into the same tables, ``PAGE`` a transaction, one client."""
    script = (HERE / "ingest_limit.sql").read_text().replace(":page", str(PAGE))
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        command = [find_program("pgbench", fix=FIX), "-n", "-T", str(seconds), "-c", "1", "-f", file.name, url]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    tps = next(float(line.split()[2]) for line in done.stdout.splitlines() if line.startswith("tps"))
    return tps * PAGE, f"pgbench -n -T {seconds} -c 1 -f ingest_limit.sql (:page = {PAGE})"
