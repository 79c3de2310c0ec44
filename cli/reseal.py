"""``hotleads reseal``: a new chain of seals after a logical restore (docs/runbooks/broken-seal.md)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from core import audit
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.config import settings
from core.kit.db import make_engine, transaction
from core.kit.local import use_services


def reseal_here(*, reason: str) -> list[str]:
    """Seal the configured database anew."""
    with use_services():
        return reseal(settings().database_url, reason=reason, home=None)


def reseal(url: str, *, reason: str, home: Path | None) -> list[str]:
    """Begin a new chain in one database and put the old seal file aside; returns what was done, in words."""
    now = utc_now()
    file = home / "seals.jsonl" if home else audit.seal_file_path()
    aside = file.with_name(f"{file.name}.{now:%Y%m%dT%H%M%SZ}")
    with _engine(url, as_app_role=False) as owner, transaction(owner) as session:
        old = audit.reseal(session, actor=SYSTEM, reason=reason, now=now)
        # Before the commit: seals without a file write it anew, but a file of another chain stands in the way of the new one.
        if file.exists():
            file.rename(aside)
    said = [f"{old.rows} rows were as sealed; {old.unsealed} had no seal. The old chain ended with {old.digest[:16]}."]
    if aside.exists():
        said.append(f"The old seal file is now {aside}. Keep it.")
    with _engine(url) as engine:
        return [*said, f"Sealed {_seal_all(engine, file)} rows anew."]


def _seal_all(engine: Engine, file: Path) -> int:
    sealed = 0
    while True:
        with transaction(engine) as session:
            rows = audit.seal_new(session, now=utc_now(), file=file)
        sealed += rows
        if not rows:
            return sealed


@contextmanager
def _engine(url: str, *, as_app_role: bool = True) -> Iterator[Engine]:
    engine = make_engine(url, pool_size=1, as_app_role=as_app_role)
    try:
        yield engine
    finally:
        engine.dispose()
