"""One lead from the command line: each verb, what refuses it, and what the trail keeps of it (SPEC 2.7, 13.6)."""

import json
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.ids import uuid7
from tests.builders import a_lead, a_market, a_niche
from tests.cli.conftest import Run

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def waiting(database: Engine) -> list[UUID]:
    """Three confirmed leads that wait for review."""
    with transaction() as session:
        now = utc_now()
        niche, market = a_niche(session, now), a_market(session, now)
        return [a_lead(session, now, niche, market, status="pending_approval", reviewed_at=None).id for _ in range(3)]


def test_a_lead_is_set_aside_put_back_and_ended(run: Run, waiting: list[UUID], capsys: Capture) -> None:
    first, second, _ = map(str, waiting)
    assert run("lead", "quarantine", first, "--reason", "Odd words") == 0
    assert capsys.readouterr().out == f"{first} is quarantined.\n"
    assert run("lead", "release", first, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"id": first, "status": "pending_approval", "do_not_sell": False}
    assert run("lead", "withdraw", first, "--reason", "Moved away") == 0
    assert capsys.readouterr().out == f"{first} is withdrawn.\n"
    for _ in range(2):  # the second time changes nothing
        assert run("lead", "do-not-sell", second, "--reason", "By telephone") == 0
        assert capsys.readouterr().out == f"{second} is withdrawn, and the person's wish not to be sold is noted.\n"
    with transaction() as session:
        trail = session.execute(text("select action, memo, actor_role from audit_entry where entity_type = 'lead' order by id"))
        assert [tuple(row) for row in trail] == [
            ("lead.quarantined", "Odd words", "system"),
            ("lead.released", None, "system"),
            ("lead.withdrawn", "Moved away", "system"),
            ("lead.do_not_sell", "By telephone", "system"),
            ("lead.withdrawn", "By telephone", "system"),
        ]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("release", "THIRD"), 1, "A lead that is pending approval can't become released."),
        (("withdraw", "THIRD", "--reason", " "), 1, "Write a reason, up to 1,000 characters."),
        (("withdraw", "THIRD"), 2, "Missing option '--reason'"),
        (("quarantine", str(uuid7()), "--reason", "Odd"), 1, "This lead does not exist."),
        (("do-not-sell", "seven", "--reason", "Odd"), 2, "invalid character"),
    ],
)
def test_what_can_not_be_done_is_one_sentence_and_changes_nothing(
    run: Run, waiting: list[UUID], capsys: Capture, words: tuple[str, ...], code: int, said: str
) -> None:
    third = str(waiting[2])
    assert run("lead", *(third if word == "THIRD" else word for word in words)) == code
    err = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert said in err and "Traceback" not in err
    with transaction() as session:
        assert session.execute(text("select status from lead where id = :id"), {"id": third}).scalar_one() == "pending_approval"
        assert session.execute(text("select count(*) from audit_entry where entity_type = 'lead'")).scalar_one() == 0
