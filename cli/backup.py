"""``hotleads backup`` and ``hotleads restore`` (SPEC 13.7)."""

import os
import shutil
import sys
from pathlib import Path

from cli.moments import moment
from core.kit.config import settings
from core.kit.errors import Conflict
from core.kit.local import use_services
from core.ops import backup
from core.ops.backup import Manifest, Moment, Restored


def back_up(*, to: Path | None, keep: int, logical: bool) -> dict[str, object]:
    """Make a backup; returns what there is to know of it."""
    with use_services():
        made = backup.take(to or backup.place(), keep=keep, logical=logical, say=_say)
    if made.kind == "physical" and not made.wal_archive:
        _say("Without HOTLEADS_WAL_ARCHIVE it can be restored as it is, not to a later moment.")
    return {"backup": str(made.directory), "kind": made.kind, "bytes": made.size, "ended_at": made.ended_at.isoformat()}


def bring_back(source: Path | None, *, to: Path, at: str | None, wal: Path | None) -> dict[str, object]:
    """Restore into a new home and stop its server again; returns where it is and the moment it is at."""
    wanted = _wanted(at)
    chosen = backup.choose(source or backup.place(), at=wanted)
    restored = backup.restore(chosen, to, at=wanted, wal=wal, say=_say)
    try:
        _bring_key(restored)
        if chosen.kind == "logical":
            _seal_anew(restored)
    finally:
        restored.server.stop()
    return {
        "home": str(to.resolve()),
        "backup": str(chosen.directory),
        "kind": chosen.kind,
        "moment": restored.moment.isoformat(),
    }


def told(made: dict[str, object]) -> str:
    """The backup in a sentence."""
    return f"Backed up to {made['backup']} ({int(str(made['bytes'])) / 1e6:,.0f} MB, {made['kind']}), as of {made['ended_at']}."


def restored_at(done: dict[str, object]) -> str:
    """What was restored, and how to look at it."""
    home = done["home"]
    return (
        f"Restored {done['backup']} as of {done['moment']}.\n"
        f"Look at it with `HOTLEADS_HOME={home} hotleads verify`, run it with `HOTLEADS_HOME={home} hotleads up`.\n"
        "DATABASE_URL and HOTLEADS_SEAL_FILE win over what is in that directory: unset them first."
    )


def _wanted(words: str | None) -> Moment:
    if words is None or words == "latest":
        return words  # type: ignore[return-value]  # the literal
    return moment(words)


def _bring_key(restored: Restored) -> None:
    """In development the copy needs this machine's own key; elsewhere it comes from the environment."""
    key = settings().home / "secret-key"
    if settings().env == "development" and key.exists() and not os.environ.get("HOTLEADS_SECRET_KEY"):
        shutil.copyfile(key, restored.home / "secret-key")
        (restored.home / "secret-key").chmod(0o600)
        os.environ["HOTLEADS_SECRET_KEY"] = key.read_text()
        settings.cache_clear()
    _warn_of_key(restored.manifest)


def _warn_of_key(manifest: Manifest) -> None:
    if not manifest.key_is_ours:
        _say("This HOTLEADS_SECRET_KEY is not the one of the backup: second factors and mails in it can't be read.")


def _seal_anew(restored: Restored) -> None:
    """A new server counts its transactions anew; a chain that can go on all the same is left as it is."""
    from cli.reseal import reseal

    try:
        said = reseal(restored.url, reason=f"logical restore of {restored.manifest.directory.name}", home=restored.home)
    except Conflict as error:
        if error.code != "reseal.needless":
            raise
        said = [error.message]
    for sentence in said:
        _say(sentence)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
