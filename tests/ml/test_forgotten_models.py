"""A model that learned from what somebody wrote keeps nothing by which they could be known (SPEC 13.6)."""

import gzip
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from core.kit.actor import SYSTEM
from ml import registry
from ml.world import make_tastes
from tests import builders
from tests.core.privacy import population as person
from tests.ml.test_recommend import _listed, read_all

SAID = f"{person.NAME} of {person.STREET}, mail {person.EMAIL} or ring (702) 234-7719, -115.172813 36.114709, the roof leaks."


def contents(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file under a folder, and what is packed in it."""
    for file in folder.rglob("*"):
        if not file.is_file():
            continue
        raw = file.read_bytes()
        yield file, raw
        if raw[:2] == b"\x1f\x8b":
            yield file, gzip.decompress(raw)
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as packed:
                yield from ((file / name, packed.read(name)) for name in packed.namelist())


def test_a_model_of_words_keeps_nobodys(session: Session, now: datetime, tracking_home: Path) -> None:
    market, niche = builders.a_market(session, now), builders.a_niche(session, now)
    world = make_tastes(4, leads=210, companies=4)
    for n, words in enumerate(world.text):
        told = f"{words} {SAID}" if n % 20 == 0 else words  # twelve times, as somebody who asks again and again
        _listed(session, now, builders.a_lead(session, now, niche, market, slots=2).id, told)
    read_all(session, now)
    version = registry.retrain(session, actor=SYSTEM, model="recommend", now=now)
    kept = [(file, raw.decode("latin-1").lower()) for file, raw in contents(tracking_home)]
    assert {"local.db", "model.pkl"} <= {file.name for file, _ in kept}, "runs and models are to be read"
    assert [(file, trace) for file, shown in kept for trace in person.TRACES if trace in shown] == []
    assert version.number >= 1
