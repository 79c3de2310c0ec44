"""Companies' own programs, told of each sale: some behind a door, some beside it, and some that mean no good."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from threading import Event
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core import delivery
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from tests import builders
from tests.eventually import eventually
from tests.faults.door import Door, door_to
from tests.receiver import Receiver, drips, endless, hangs_up, running_receiver, says

AWAY, BESIDE = ("json", "hubspot", "form"), ("json", "json", "salesforce")
NAME = "CRM"  # of those that are owed every sale; the others may be left alone for as long as we like
# As if the pause after a failure were over, and the minute of a job that died.
_HURRY = (
    "update webhook_delivery d set next_at = least(next_at, now()) from ours where endpoint_id = ours.id and state = 'waiting'",
    """update webhook_endpoint e set calls_from = null, busy_until = case when busy_until > now() + interval '55 s'
       then busy_until end from ours where e.id = ours.id and (calls_from is not null or busy_until is not null)""",
    """update outbox set run_at = now() from ours where kind = 'webhook.drain' and state = 'ready' and run_at > now()
       and payload ->> 'endpoint_id' = ours.id::text""",
)
_OURS = f"with ours as (select id from webhook_endpoint where name = '{NAME}') "
_WAITING = "select count(*) from webhook_delivery d join ours on ours.id = endpoint_id where state = 'waiting'"
_OWED = f"""
    select a.id as sale, e.url, d.id::text as delivery, d.state
      from assignment a join webhook_endpoint e on e.provider_id = a.provider_id and e.name = '{NAME}'
      left join webhook_delivery d on d.endpoint_id = e.id and d.event = 'lead.assigned' and d.assignment_id = a.id"""


@dataclass
class Crm:
    """The programs, all in one server. ``way``: how those behind the door are; ``taken``: by path, what they said yes to."""

    receiver: Receiver
    door: Door
    way: Literal["well", "failing", "silent"] = "well"
    taken: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    loud: Event = field(default_factory=Event)

    def connect(self, providers: Sequence[UUID]) -> None:
        """Each company has its sales told to a program of its own; three of them also to one that means no good."""
        direct = f"http://127.0.0.1:{urlsplit(self.receiver.url).port}"
        nasty = {"/redirects": says(307, Location=f"{direct}/redirects"), "/endless": endless}
        nasty["/drips"] = drips(self.receiver.closing, head=False)
        self.receiver.ways |= nasty
        for number, (provider, kind) in enumerate(zip(providers, (*AWAY, *BESIDE), strict=True)):
            base = f"http://127.0.0.1:{self.door.port}/away" if number < len(AWAY) else f"{direct}/beside"
            self._add(provider, NAME, f"{base}/{number}", kind)
            self.receiver.ways[f"{urlsplit(base).path}/{number}"] = self._answer
        for provider, path in zip(providers[-len(nasty) :], nasty, strict=True):
            self._add(provider, path, f"{direct}{path}", "json")

    def _add(self, provider: UUID, name: str, url: str, kind: str) -> None:
        with transaction() as session:
            now = utc_now()
            owner = builders.a_user(session, now, role="provider", provider_id=provider, owner=True)
            wanted: dict[str, Any] = {"name": name, "url": url, "kind": kind, "events": ["lead.assigned"]}
            delivery.add_endpoint(session, actor=Actor(owner.id, "provider", provider), now=now, **wanted)

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        way = self.way if handler.path.startswith("/away") else "well"
        if way == "silent":
            self.loud.wait(30)
            hangs_up(handler)
        elif way == "failing":
            says(500)(handler)
        else:
            self.taken[handler.path].add(handler.headers["Idempotency-Key"])
            says(201)(handler)

    @contextmanager
    def being(self, way: Literal["failing", "silent"]) -> Iterator[None]:
        """Those behind the door are so meanwhile."""
        self.way = way
        try:
            yield
        finally:
            self.way = "well"
            self.loud.set()
            self.loud = Event()

    def told_beside(self) -> int:
        """How much those were told to whom nothing happens."""
        return sum(len(ids) for path, ids in self.taken.items() if path.startswith("/beside"))

    def until_told(self, *, within_s: float = 150) -> None:
        """Wait until nothing is owed to those that take what they are told."""

        def all_told() -> bool:
            try:
                with transaction() as session:
                    for statement in _HURRY:
                        session.execute(text(_OURS + statement))
                    return not session.execute(text(_OURS + _WAITING)).scalar_one()
            except SQLAlchemyError:
                return False

        eventually(all_told, within_s=within_s, every_s=1.0)

    def broken(self) -> list[str]:
        """Sales that were never told, one id that said two things, endpoints that were given up."""
        with transaction() as session:
            owed = session.execute(text(_OWED)).all()
            off = session.scalars(text("select url from webhook_endpoint where not active")).all()
        found = [f"{url} was switched off" for url in off]
        for row in owed:
            if row.state != "delivered" or row.delivery not in self.taken[urlsplit(row.url).path]:
                found.append(f"sale {row.sale} was not told to {row.url}: {row.state}")
        said: dict[str, set[bytes]] = defaultdict(set)
        for heard in list(self.receiver.heard):
            said[heard.headers["Idempotency-Key"]].add(_lasting(heard.body))
        return found + [f"call {key} said {len(bodies)} things" for key, bodies in said.items() if len(bodies) > 1]


def _lasting(body: bytes) -> bytes:
    """A body without what is judged anew at each try: whether the person may be called at this moment."""
    if not body.startswith(b"{"):
        return body
    return json.dumps({key: value for key, value in json.loads(body).items() if key != "policy"}).encode()


@contextmanager
def running_crm() -> Iterator[Crm]:
    """The programs, on loopback."""
    with running_receiver() as receiver, door_to(int(urlsplit(receiver.url).port or 0)) as door:
        yield Crm(receiver, door)
