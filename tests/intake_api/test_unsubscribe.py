"""The way out of a kind of mail: the page asks, the press acts, one click from a mail program is enough (RFC 8058)."""

from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from core import messaging
from core.kit import clock
from core.kit.actor import Actor
from core.kit.db import transaction
from tests.builders import a_user


@pytest.fixture
def user(client: FlaskClient) -> UUID:
    with transaction() as session:
        return a_user(session, clock.utc_now()).id


def path_of(user: UUID) -> str:
    link = messaging.unsubscribe_link(user, "new_lead")
    return link[link.index("/mail/") :]


def ended(user: UUID) -> bool:
    with transaction() as session:
        return messaging.has_opted_out(session, user_id=user, template="new_lead")


def test_opening_the_link_changes_nothing_the_press_does_and_can_be_undone(client: FlaskClient, user: UUID) -> None:
    page = client.get(path_of(user))
    assert page.status_code == 200 and "New lead" in page.text and "Stop this mail" in page.text and not ended(user)
    done = client.post(path_of(user))
    assert done.status_code == 200 and "no more" in done.text and ended(user)
    assert client.post(path_of(user)).status_code == 200
    with transaction() as session:
        assert session.execute(text("select count(*) from audit_entry where action = 'mail.unsubscribed'")).scalar_one() == 1
    assert client.post(path_of(user), data={"act": "undo"}).status_code == 200 and not ended(user)


def test_ones_own_list_and_the_way_back(client: FlaskClient, user: UUID) -> None:
    client.post(path_of(user))
    actor = Actor(user_id=user, role="provider")
    with transaction() as session:
        assert messaging.own_opt_outs(session, actor=actor) == [("new_lead", "New lead")]
        for _ in range(2):
            messaging.want_again(session, actor=actor, template="new_lead", now=clock.utc_now())
        assert messaging.own_opt_outs(session, actor=actor) == []
        count = text("select count(*) from audit_entry where action = 'mail.subscribed_again'")
        assert session.execute(count).scalar_one() == 1


def test_one_click_of_a_mail_program(client: FlaskClient, user: UUID) -> None:
    done = client.post(path_of(user), data="List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert done.status_code == 200 and ended(user)


def test_a_link_that_is_not_ours(client: FlaskClient, user: UUID) -> None:
    good = path_of(user)
    for path in (
        good[:-2],
        good.replace("new_lead", "low_balance"),
        "/mail/unsubscribe/x",
        "/mail/unsubscribe/%00..x",
        good + ".x",
    ):
        for answer in (client.get(path), client.post(path)):
            assert answer.status_code == 404 and "not one of ours" in answer.text
    assert not ended(user)


def test_another_site_can_not_press_it_for_a_visitor(client: FlaskClient, user: UUID) -> None:
    assert client.post(path_of(user), headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert not ended(user)


def test_the_old_address_of_the_page_leads_to_the_new_one(client: FlaskClient) -> None:
    answer = client.get("/mail?mail=1")
    assert answer.status_code == 301 and answer.headers["Location"] == "/messages?mail=1"
