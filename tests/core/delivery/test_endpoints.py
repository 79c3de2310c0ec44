"""Endpoints belong to a company's owner; what can't be called is refused with its field (SPEC 7.7)."""

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import delivery
from core.delivery import EndpointInvalid, EndpointNotFound
from core.kit.actor import Actor
from core.kit.errors import Forbidden
from tests import builders
from tests.core.delivery.conftest import Company


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"), ({"url": "crm.example"}, "url"), ({"url": "http://crm.example/"}, "url"),
        ({"url": "ftp://x"}, "url"), ({"url": "https://user:pass@crm.example/"}, "url"),
        ({"url": "https://crm.example:port/"}, "url"), ({"events": []}, "events"),
        ({"url": "https://" + "x" * 3000}, "url"), ({"events": ["lead.sold"]}, "events"), ({"kind": "soap"}, "kind"),
        ({"mapping": {"a": "contact.password"}}, "mapping"), ({"mapping": {"": "contact.name"}}, "mapping"),
        ({"mapping": {f"f{n}": "=x" for n in range(101)}}, "mapping"),
        ({"authorization": "Bearer x\r\nHost: y"}, "authorization"),
    ],
)  # fmt: skip
def test_what_can_not_be_kept_names_its_field(
    session: Session, now: datetime, company: Company, wrong: dict[str, object], field: str
) -> None:
    wanted = {"name": "CRM", "url": "https://crm.example/leads"} | wrong
    with pytest.raises(EndpointInvalid) as refused:
        delivery.add_endpoint(session, actor=company.owner, now=now, **wanted)  # type: ignore[arg-type]
    assert list(refused.value.fields) == [field]


def test_only_the_owner_of_the_company_changes_it(session: Session, now: datetime, company: Company) -> None:
    member = builders.a_user(session, now, role="provider", provider_id=company.buyer.provider.id)
    with pytest.raises(Forbidden):
        delivery.switch_endpoint(
            session,
            actor=Actor(member.id, "provider", company.buyer.provider.id),
            endpoint_id=company.endpoint,
            active=False,
            now=now,
        )
    rival = builders.a_user(session, now, role="provider", provider_id=company.world.bob.provider.id, owner=True)
    theirs = Actor(rival.id, "provider", company.world.bob.provider.id)
    for attempt in (
        lambda: delivery.remove_endpoint(session, actor=theirs, endpoint_id=company.endpoint, now=now),
        lambda: delivery.test_send(session, actor=theirs, endpoint_id=company.endpoint, now=now),
        lambda: delivery.deliveries(session, actor=theirs, endpoint_id=company.endpoint),
    ):
        with pytest.raises(EndpointNotFound):
            attempt()
    assert delivery.list_endpoints(session, actor=theirs) == []


def test_secrets_lie_encrypted_and_are_shown_once(session: Session, now: datetime, company: Company) -> None:
    delivery.edit_endpoint(session, actor=company.owner, endpoint_id=company.endpoint, authorization="Bearer hush", now=now)
    kept = session.execute(
        text("select secret, credentials from webhook_endpoint where id = :id"), {"id": company.endpoint}
    ).one()
    assert company.made.secret.encode() not in bytes(kept.secret) and b"hush" not in bytes(kept.credentials)
    (view,) = delivery.list_endpoints(session, actor=company.owner)
    assert view.has_credentials and company.made.secret not in repr(view) and "hush" not in repr(view)
    told = session.execute(text("select string_agg(after::text, '') from audit_entry where entity_type = 'webhook'")).scalar_one()
    assert "hush" not in told and company.made.secret not in told
    delivery.edit_endpoint(session, actor=company.owner, endpoint_id=company.endpoint, authorization="", now=now)
    assert not delivery.list_endpoints(session, actor=company.owner)[0].has_credentials


def test_a_removed_one_is_never_called_again(session: Session, now: datetime, company: Company) -> None:
    delivery.test_send(session, actor=company.owner, endpoint_id=company.endpoint, now=now)
    delivery.remove_endpoint(session, actor=company.owner, endpoint_id=company.endpoint, now=now)
    assert delivery.begin(session, endpoint_id=company.endpoint, now=now) is None
    assert delivery.list_endpoints(session, actor=company.owner) == [] and delivery.sweep(session, now=now) == 0


def test_ten_at_most(session: Session, now: datetime, company: Company) -> None:
    for number in range(9):
        delivery.add_endpoint(session, actor=company.owner, name=f"Number {number}", url="https://crm.example/", now=now)
    with pytest.raises(EndpointInvalid, match="at most 10"):
        delivery.add_endpoint(session, actor=company.owner, name="One more", url="https://crm.example/", now=now)
