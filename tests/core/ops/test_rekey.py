"""The secret key is changed while everything is kept: sealed, signed, hashed (SPEC 13.9; docs/adr/0034)."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from cli.doctor_inside import examine_inside
from core import accounts, leads, ops, passports, providers
from core.kit import config, crypto, outbox
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.errors import Invalid
from tests.cli.conftest import Run, run
from tests.core.leads.world import a_world, submitted
from tests.core.ops.sealed import NEW, NEWER, OLD, Kept, Keys, fill, read_all, sealed_values

__all__ = ["run"]  # a fixture
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keys]:
    """``keys(newest, *previous)`` as a restart with other settings; hashes are those of the first key."""

    def use(newest: str, *previous: str, matching: str = OLD) -> None:
        monkeypatch.setenv("HOTLEADS_SECRET_KEY", newest)
        monkeypatch.setenv("HOTLEADS_SECRET_KEY_PREVIOUS", ",".join(previous))
        monkeypatch.setenv("HOTLEADS_MATCHING_KEY", matching)
        config.settings.cache_clear()

    use(OLD, matching="")
    yield use
    config.settings.cache_clear()


@pytest.fixture
def kept(database: Engine, keys: Keys) -> Kept:
    with transaction() as session:
        return fill(session, utc_now())


def test_secrets_are_read_before_during_and_after_the_change(kept: Kept, keys: Keys, run: Run, capsys: Capture) -> None:
    read_all(kept)
    keys(NEW, OLD)
    read_all(kept)
    total = {name: len(values) for name, values in sealed_values().items()}
    assert all(total.values()), f"something of each column is there: {total}"
    assert run("rekey", "--dry-run", "--json") == 1, "the previous key is still needed"
    looked = json.loads(capsys.readouterr().out)
    assert {line["column"]: line["changed"] for line in looked["columns"]} == total and looked["left"] == sum(total.values())
    assert run("rekey", "--json") == 0
    done = json.loads(capsys.readouterr().out)
    assert {line["column"]: line["changed"] for line in done["columns"]} == total and done["unreadable"] == 0
    read_all(kept)
    keys(NEW)
    read_all(kept)
    assert run("rekey") == 0
    assert "0 sealed anew" in (out := capsys.readouterr().out) and out.endswith(
        "Nothing needs a previous key any more. Links and sessions signed by one work for as long as it is listed.\n"
    )
    with transaction() as session:
        trail = session.execute(text("select after from audit_entry where action = 'secrets.rekeyed'")).scalars().all()
    assert trail == [{"changed": sum(total.values())}]


def test_every_column_of_bytes_is_known_to_be_sealed_or_not(session: Session) -> None:
    found = session.execute(
        text("""select c.table_name || '.' || c.column_name from information_schema.columns c
                join information_schema.tables t using (table_schema, table_name)
                where c.table_schema = 'public' and c.data_type = 'bytea' and t.table_type = 'BASE TABLE'""")
    ).scalars()
    hashes = {name for name in found if not name.rpartition(".")[2].endswith(("hash", "digest"))}
    assert hashes - {"lead_vector.vector"} == {where.name for where in ops.SEALED_COLUMNS}


def test_signatures_of_a_previous_key_hold_while_it_is_listed(kept: Kept, keys: Keys) -> None:
    def who() -> Actor | None:
        with transaction() as session:
            return accounts.current_actor(session, token=kept.token, now=utc_now())

    def whose() -> UUID | None:
        try:
            return leads.lead_of_code(kept.lead_code)
        except leads.LinkUnknown:
            return None

    first = passports.public_key()
    keys(NEW, OLD)
    assert who() is not None and whose() == kept.entry
    assert leads.my_request_code(kept.entry) != kept.lead_code, "what is new is signed by the newest"
    assert passports.public_key() != first and passports.former_public_keys() == [first]
    keys(NEWER, NEW, OLD)
    assert who() is not None and whose() == kept.entry
    keys(NEWER, NEW)
    assert who() is None and whose() is None and first not in passports.former_public_keys()


def test_hashes_stay_what_they_are(kept: Kept, keys: Keys) -> None:
    before = crypto.keyed_hash("pat@example.com", purpose="contact")
    for newest, previous in ((NEW, [OLD]), (NEW, []), (NEWER, [NEW])):
        keys(newest, *previous)
        assert crypto.keyed_hash("pat@example.com", purpose="contact") == before


def test_a_killed_run_is_carried_on_by_the_next_one(kept: Kept, keys: Keys, run: Run, capsys: Capture) -> None:
    with transaction() as session:
        for number in range(200):
            outbox.enqueue(session, "email", key=f"more{number}", now=utc_now(), sealed={"token": str(number)})
    keys(NEW, OLD)
    before = sealed_values()
    command = [sys.executable, "-m", "cli", "rekey", "--portion", "1"]
    with subprocess.Popen(command, env=dict(os.environ), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as walking:
        assert walking.stderr is not None
        for line in walking.stderr:
            if line.startswith("outbox.sealed: 20 sealed anew"):
                walking.send_signal(signal.SIGKILL)
                break
    assert walking.returncode == -signal.SIGKILL
    half = sealed_values()["outbox.sealed"]
    changed = sum(one != other for one, other in zip(before["outbox.sealed"], half, strict=True))
    assert 20 <= changed < 201, "what was done stays done, the rest is as it was"
    read_all(kept)
    assert run("rekey", "--json") == 0
    lines = {line["column"]: line for line in json.loads(capsys.readouterr().out)["columns"]}
    assert (lines["outbox.sealed"]["newest"], lines["outbox.sealed"]["changed"]) == (changed, len(half) - changed)
    keys(NEW)
    read_all(kept)


def test_a_row_that_is_worked_on_is_left_and_told(kept: Kept, keys: Keys, run: Run, capsys: Capture) -> None:
    keys(NEW, OLD)
    with transaction() as session:
        session.execute(text("select id from outbox where id = :id for update"), {"id": kept.job})
        assert run("rekey") == 1
        assert "1 held by other work" in (out := capsys.readouterr().out) and "Run it again in a minute." in out
    assert run("rekey") == 0


def test_a_value_that_no_key_opens_is_told_and_left(kept: Kept, keys: Keys, run: Run, capsys: Capture) -> None:
    keys(NEW, NEWER)  # a wrong one in place of the old one
    before = sealed_values()
    assert run("rekey") == 1
    out = capsys.readouterr().out
    assert "that no key opens" in out and "HOTLEADS_SECRET_KEY_PREVIOUS" in out and "Traceback" not in out
    assert sealed_values() == before


def said_by_doctor(name: str) -> tuple[bool, str]:
    check = next(check for check in examine_inside(serving=False) if check.name == name)
    return check.ok, check.detail


def test_a_key_that_is_taken_out_too_early_is_a_sentence(kept: Kept, keys: Keys) -> None:
    assert said_by_doctor("sealed values") == (True, "all that were looked at are sealed by HOTLEADS_SECRET_KEY")
    keys(NEW, OLD)
    ok, words = said_by_doctor("sealed values")
    assert ok and words.endswith("Run `hotleads rekey` before you take a previous key out.")
    keys(NEW)
    ok, words = said_by_doctor("sealed values")
    assert not ok and "user_account.totp_secret" in words and "HOTLEADS_SECRET_KEY_PREVIOUS" in words
    with transaction() as session, pytest.raises(Invalid, match="`hotleads doctor` says what to do"):
        providers.support_thread(session, actor=kept.admin, request_id=kept.support, now=utc_now())


def test_people_who_would_not_be_known_again_are_counted(database: Engine, keys: Keys) -> None:
    with transaction() as session:
        world = a_world(session, utc_now())
        for number in range(3):
            submitted(session, utc_now(), world.niche, number)
    assert said_by_doctor("people's hashes") == (True, "3 people looked at are known again")
    keys(NEW)
    assert said_by_doctor("people's hashes") == (True, "3 people looked at are known again")
    keys(NEW, matching="")
    ok, words = said_by_doctor("people's hashes")
    assert not ok and words.startswith("3 of 3 people are hashed with another key") and "HOTLEADS_MATCHING_KEY" in words


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"HOTLEADS_SECRET_KEY_PREVIOUS": "short"}, "HOTLEADS_SECRET_KEY_PREVIOUS: each key has 32 characters or more"),
        ({"HOTLEADS_SECRET_KEY_PREVIOUS": OLD, "HOTLEADS_SECRET_KEY": NEW}, "HOTLEADS_MATCHING_KEY: name the first secret key"),
        ({"HOTLEADS_MATCHING_KEY": "short"}, "HOTLEADS_MATCHING_KEY: it has 32 characters or more"),
    ],
)
def test_settings_that_would_lose_something_are_refused(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], said: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    config.settings.cache_clear()
    with pytest.raises(config.InvalidSettings, match=said):
        config.settings()
    monkeypatch.undo()
    config.settings.cache_clear()
