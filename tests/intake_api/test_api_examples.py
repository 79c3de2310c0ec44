"""The examples of docs/api are run as they stand, against a server, by bash and by Python."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text

from core import accounts, delivery, markets, messaging, niches, payments
from core.kit import clock
from core.kit.actor import SYSTEM, Actor
from core.kit.db import transaction
from core.niches import Niche
from tests.builders import a_level, a_provider, a_subscription, a_user
from tests.peers import serving

PAGE = Path(__file__).parent.parent.parent / "docs" / "api" / "README.md"
BLOCKS = re.findall(r"```(bash|python)\n(.*?)```", PAGE.read_text(), flags=re.S)


@pytest.fixture
def keys(database: Engine) -> dict[str, str]:
    """An exchange with its launch markets and niches, one company, one partner, and a key of each."""
    now = clock.utc_now()
    with transaction() as session:
        accounts.ensure_system_user(session, now=now)
        messaging.seed_templates(session, now=now)
        markets.seed_launch_markets(session, now=now)
        niches.seed_launch_niches(session, now=now)
        provider = a_provider(session, now)
        owner = a_user(session, now, role="provider", provider_id=provider.id, owner=True)
        niche = session.scalars(select(Niche).filter_by(slug="roofing")).one()
        a_subscription(session, now, provider, a_level(session, now, niche, max_recipients=1))
        admin = Actor(a_user(session, now).id, "admin")
        partner = payments.add_partner(session, actor=SYSTEM, name="Lead Friends", share_percent=10, now=now)
        mine = accounts.create_key(
            session, actor=Actor(owner.id, "provider", provider.id), name="CRM", scopes=accounts.PROVIDER_SCOPES, now=now
        )
        theirs = accounts.create_key(
            session, actor=admin, partner_id=partner.id, name="Feed", scopes=accounts.PARTNER_SCOPES, now=now
        )
    return {"KEY": mine.token, "PARTNER_KEY": theirs.token}


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with serving(app) as url:
        yield url


def test_every_example_does_what_the_page_says(
    keys: dict[str, str], address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLEADS", address)
    for name, token in keys.items():
        monkeypatch.setenv(name, token)
    said: list[str] = []
    names: dict[str, object] = {}
    for language, block in BLOCKS:
        if language == "bash":
            done = subprocess.run(["bash", "-euo", "pipefail", "-c", block], capture_output=True, text=True, env=os.environ)
            assert done.returncode == 0, f"{block}\n{done.stderr}"
            said.append(done.stdout)
        else:
            exec(compile(block, str(PAGE), "exec"), names)
            said.append(capsys.readouterr().out)
    assert '"slug":"roofing"' in said[0].replace(" ", "")
    with transaction() as session:
        assert session.execute(text("select count(*) from lead where source = 'partner'")).scalar_one() == 1
    told = "".join(said)
    assert "True 250\n" in told and " true\n" in told and '"contact.email"' in told and "304\n" in told and "200 412\n" in told
    body = b'{"event":"lead.assigned"}'
    header = delivery.signature(body, secrets=[str(names["secret"])], now=clock.utc_now())
    assert names["is_ours"](header, body, names["secret"])  # type: ignore[operator]
    assert not names["is_ours"](header, body + b" ", names["secret"])  # type: ignore[operator]
