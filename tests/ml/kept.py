"""What the tracking store keeps, readable: for tests that look for people in it."""

import gzip
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tests.core.privacy import population as person

SAID = f"{person.NAME} of {person.STREET}, mail {person.EMAIL} or ring (702) 234-7719, -115.172813 36.114709"


def traces(folder: Path) -> list[str]:
    """Where something of the person is still to be read; raises when there is no run and no model to look into."""
    names, found = set(), []
    for name, raw in _contents(folder):
        names.add(name)
        shown = raw.decode("latin-1").lower()
        found += [f"{name}: {trace}" for trace in person.TRACES if trace in shown]
    assert {"local.db", "model.pkl"} <= names, names
    return found


def _contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file under a folder, and what is packed in it."""
    for file in folder.rglob("*"):
        if not file.is_file():
            continue
        raw = file.read_bytes()
        yield file.name, raw
        if raw[:2] == b"\x1f\x8b":
            yield file.name, gzip.decompress(raw)
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as packed:
                yield from ((name, packed.read(name)) for name in packed.namelist())
