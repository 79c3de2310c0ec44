"""The story in a passport, who sees how much of it, and that others can check it (SPEC 13.8, docs/passport.md)."""

import json
import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from cli.passport import check_copy, write_copy
from core import leads, passports, providers
from core.kit.actor import Actor
from core.kit.db import Json, transaction
from core.kit.errors import Forbidden, NotFound
from core.kit.ids import uuid7
from tests import builders
from tests.core.audit.chain import behind_the_back
from tests.core.passports.conftest import MINUTE, Life, keep

ROOT = Path(__file__).parents[3]
STORY = [
    "lead.submitted", "consent.given", "lead.confirmed", "lead.approved", "lead.assigned", "lead.assigned",
    "assignment.refunded", "consent.revoked", "lead.withdrawn",
]  # fmt: skip


def written(actor: Actor, lead_id: UUID, now: datetime) -> Json:
    with transaction() as session:
        return passports.passport(session, actor=actor, lead_id=lead_id, now=now)


def problems(content: bytes, key: str | None = None) -> list[str]:
    return [check.detail for check in passports.check(content, key=key) if not check.ok]


def facts(document: Json, kind: str) -> list[Json]:
    return [json.loads(entry["facts"]) for entry in document["entries"] if entry.get("kind") == kind]


def test_it_tells_the_whole_story_and_a_copy_proves_itself(life: Life, now: datetime) -> None:
    assert keep(now) == len(STORY)
    document = written(life.admin, life.lead_id, now)
    assert [entry["kind"] for entry in document["entries"]] == STORY
    (given,) = facts(document, "consent.given")
    assert "contact" in document["wordings"][given["wording_sha256"]]
    assert [sale["provider_id"] for sale in facts(document, "lead.assigned")] == [str(buyer) for buyer in life.buyers]
    assert all(sale["price_cents"] == 2500 and sale["company"] for sale in facts(document, "lead.assigned"))
    assert facts(document, "assignment.refunded")[0]["amount_cents"] == 2500
    assert problems(passports.to_bytes(document), passports.public_key()) == []


def test_no_contact_data_is_in_it(life: Life, now: datetime) -> None:
    keep(now)
    words = passports.to_bytes(written(life.admin, life.lead_id, now)).decode().lower()
    assert not [trace for trace in ("pat1@", "7022341001", "pat exampleb", "203.0.113.7") if trace in words]


def test_it_goes_on_where_it_was_and_tells_nothing_twice(life: Life, now: datetime) -> None:
    keep(now)
    assert keep(now) == 0
    with transaction() as session:
        leads.erase(session, actor=life.admin, lead_ids=[life.lead_id], reason="Asked for it.", now=now + 9 * MINUTE)
    assert keep(now + timedelta(hours=1)) == 1
    document = written(life.admin, life.lead_id, now)
    assert [entry["kind"] for entry in document["entries"]] == [*STORY, "lead.erased"]
    assert problems(passports.to_bytes(document)) == []


def test_a_company_sees_its_own_sale_and_withheld_entries_still_prove_the_chain(life: Life, now: datetime) -> None:
    keep(now)
    document = written(life.buyer, life.lead_id, now)
    assert [sale["provider_id"] for sale in facts(document, "lead.assigned")] == [str(life.buyers[0])]
    hidden = [entry for entry in document["entries"] if "facts" not in entry]
    assert len(hidden) == 2 and all(set(entry) == {"n", "digest", "body_digest"} for entry in hidden)
    assert problems(passports.to_bytes(document)) == []
    whole = written(life.admin, life.lead_id, now)
    assert document["head"] == whole["head"], "both are copies of the same chain"


def test_before_it_pays_a_company_sees_where_a_lead_comes_from_but_not_who_bought_it(life: Life, now: datetime) -> None:
    keep(now)
    with transaction() as session:
        stranger = Actor(life.admin.user_id, "provider", provider_id=builders.a_provider(session, now).id)
    with behind_the_back() as session:
        session.execute(text("update lead set status = 'approved' where id = :l"), {"l": life.lead_id})
        session.execute(text("update listing set state = 'open', closed_at = null where lead_id = :l"), {"l": life.lead_id})
    with transaction() as session:
        story = passports.story_before_purchase(session, actor=stranger, lead_id=life.lead_id)
    assert not [moment for moment in story.moments if moment.kind in ("lead.assigned", "assignment.refunded")]
    assert story.withheld == 3 and {"consent.given", "lead.confirmed"} <= {moment.kind for moment in story.moments}


def test_it_is_not_everybodys(life: Life, now: datetime) -> None:
    keep(now)
    with pytest.raises(NotFound):
        written(Actor(life.admin.user_id, "provider", provider_id=uuid7()), life.lead_id, now)
    with pytest.raises(NotFound):
        written(life.admin, uuid7(), now)
    with pytest.raises(Forbidden):
        written(Actor(life.admin.user_id, "scientist"), life.lead_id, now)


def test_a_company_that_is_not_active_gets_none(life: Life, now: datetime) -> None:
    keep(now)
    with transaction() as session:
        session.execute(text("update provider set status = 'suspended'"))
    with pytest.raises(providers.ProviderNotActive):
        written(life.buyer, life.lead_id, now)


def test_a_copy_signed_by_somebody_else_is_told(life: Life, now: datetime) -> None:
    keep(now)
    content = passports.to_bytes(written(life.admin, life.lead_id, now))
    other = "A" * 43 + "="
    assert problems(content, other) == ["It is signed with another key than the one given."]


def test_a_third_party_checks_it_with_the_program_of_the_manual(life: Life, now: datetime, tmp_path: Path) -> None:
    keep(now)
    program = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "passport.md").read_text(), re.DOTALL)
    assert program is not None
    (tmp_path / "check.py").write_text(program[1])
    whole = passports.to_bytes(written(life.buyer, life.lead_id, now))
    for content, good in ((whole, True), (whole.replace(b"lead.approved", b"lead.rejected"), False)):
        (tmp_path / "copy.json").write_bytes(content)
        done = subprocess.run([sys.executable, "-I", "check.py", "copy.json"], cwd=tmp_path, capture_output=True, text=True)
        assert (done.returncode == 0) is good, done.stderr
    assert "was altered" in done.stderr


def test_the_command_writes_a_copy_and_checks_it_without_a_database(
    life: Life, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(now)
    file = tmp_path / "lead.json"
    assert write_copy(life.lead_id, file)["entries"] == len(STORY)
    done = subprocess.run(
        [sys.executable, "-m", "cli", "verify", "--passport", str(file), "--json"],
        cwd=ROOT, capture_output=True, text=True, env={"PATH": "", "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"},
    )  # fmt: skip
    assert done.returncode == 0 and json.loads(done.stdout)["ok"], done.stdout + done.stderr
    file.write_bytes(file.read_bytes()[:-5])
    assert [check.ok for check in check_copy(file, None)] == [False]
