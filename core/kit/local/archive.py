"""A server's write-ahead log, kept segment by segment: what a restore to any moment reads (SPEC 13.7).

The server calls our two scripts with the paths it knows; both are plain ``sh`` and can be run by hand.
"""

import shlex
from pathlib import Path

from core.kit.local.places import own

# A segment is sent on after this long even when it is not full: the most that a lost disk can cost.
SECONDS = 60

_KEEP = """#!/bin/sh
# keep-wal PATH NAME: copies one finished segment into the archive, compressed. Repeating it is safe; a file of
# the same name with other contents (another server's) is never replaced.
set -e
to={archive}/"$2".gz
if [ -e "$to" ]; then gzip -dc "$to" | cmp -s - "$1"; exit; fi
gzip -1 -c "$1" > "$to.part"
sync "$to.part"
mv "$to.part" "$to"
sync {archive}
"""
_FETCH = """#!/bin/sh
# fetch-wal NAME PATH: brings one segment back. Failing says that the archive does not have it.
if [ -e {archive}/"$1".gz ]; then gzip -dc {archive}/"$1".gz > "$2"; else cp {archive}/"$1" "$2" 2>/dev/null; fi
"""


def keep(directory: Path, archive: Path, user: str | None) -> dict[str, str]:
    """Options that make a server send its segments to ``archive``; the script is put into ``directory``."""
    if not archive.exists():
        own(archive, user)
    script = _script(directory / "keep-wal", _KEEP, archive)
    return {"archive_mode": "on", "archive_timeout": str(SECONDS), "archive_command": f'"{script}" "%p" "%f"'}


def fetch_command(directory: Path, archive: Path | None) -> str:
    """The ``restore_command`` that reads from ``archive``; one that finds nothing when there is none."""
    if archive is None:
        return "false"
    return f'"{_script(directory / "fetch-wal", _FETCH, archive)}" "%f" "%p"'


def _script(path: Path, words: str, archive: Path) -> Path:
    path.write_text(words.format(archive=shlex.quote(str(archive.resolve()))))
    path.chmod(0o755)
    return path.resolve()
