"""What the JSON routes for providers and staff share: sign-in, body and query by model, answers, pages."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint, Response, g, jsonify, request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic_core import to_jsonable_python
from sqlalchemy.orm import Session

from core import ledger
from core.kit import clock, own_writes, replica, tenant
from core.kit.actor import Actor, Role
from core.kit.config import settings
from core.kit.db import reading, transaction
from core.kit.errors import Invalid
from intake_api.context import json_body, signed_in, storable
from intake_api.given import parameters, read
from intake_api.idempotency import idempotent
from intake_api.versions import check_match, stamp

View = Callable[..., Any]
Answer = tuple[dict[str, Any], int]
PAGE, LONGEST_PAGE = 25, 100
# Days that calendars can count on from, in every zone: what lies beyond is a slip of the finger or meant to break something.
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
Moment = Annotated[AwareDatetime, Field(ge=EARLIEST, lt=LATEST)]
Day = Annotated[date, Field(ge=EARLIEST.date(), lt=LATEST.date())]


class Body(BaseModel):
    """A request's JSON object; what it does not name is refused."""

    model_config = ConfigDict(extra="forbid")


class Query(BaseModel):
    """A request's query parameters; what it does not name is ignored."""

    model_config = ConfigDict(extra="ignore")


class Page(Query):
    """Where a list goes on: ``after`` is the ``next`` of the page before."""

    after: UUID | None = None
    limit: int = Field(PAGE, ge=1, le=LONGEST_PAGE)


class DatedPage(Page):
    """A page of a list restricted by time: from ``since``, up to but not including ``until``."""

    since: Moment | None = None
    until: Moment | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """What a route takes and who may call it: for the OpenAPI document."""

    roles: tuple[Role, ...]
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    status: int
    versioned: bool = False


_READINGS: dict[tuple[str, str], tuple[View, tuple[Role, ...]]] = {}  # how an address is read, for its edits


def route(
    blueprint: Blueprint,
    method: str,
    rule: str,
    *roles: Role,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    status: int = 200,
    looks: bool = False,
    old: bool = False,
    shows: View | None = None,
) -> Callable[[View], View]:
    """Serve ``view(session, actor, given, now=..., **path)`` in one transaction for signed-in people of the roles.

    ``given`` is the body or query as its model, ``None`` when the route takes neither. Every POST honours an
    ``Idempotency-Key``, every PUT and DELETE, and every POST that ``shows`` what it acted on, an ``If-Match``; every GET
    tells its ``ETag``. The view returns
    a dictionary of anything that JSON or a dataclass can say, and beside it another status than ``status`` when that depends.
    ``looks``: the view writes nothing, so it is spared the transaction's round trips. ``old``: it writes nothing and its answer
    may be a moment old, so a replica may give it. ``shows``: the reading whose answer is this route's answer, too, once the
    view has acted; it holds contact data, so a repeated key reads it again.
    """

    def register(view: View) -> View:
        told = Contract(roles, body, query, status, method in ("PUT", "DELETE") or shows is not None)
        endpoint = _Endpoint(view, (blueprint.name, rule), method, told, looks=looks, old=old, shows=shows)
        if method == "GET" and query is None:
            _READINGS[endpoint.address] = (view, roles)
        blueprint.add_url_rule(rule, endpoint=view.__name__, view_func=endpoint.served(), methods=[method])
        return view

    return register


@dataclass(frozen=True, slots=True)
class _Endpoint:
    """A view with all that ``route`` was told of it."""

    view: View
    address: tuple[str, str]
    method: str
    told: Contract
    looks: bool
    old: bool
    shows: View | None

    def served(self) -> View:
        """What Flask calls: a POST by way of its ``Idempotency-Key``."""
        again = None if self.shows is None else self._shown
        kept = idempotent(self._kept, acts=True, before=lambda session: signed_in(session, *self.told.roles), again=again)
        serve: View = kept if self.method == "POST" else partial(self._respond)
        serve.contract = self.told  # type: ignore[attr-defined]
        serve.__doc__ = self.view.__doc__
        return serve

    def _respond(self, **path: Any) -> Response:
        if self.old:
            content, code = _maybe_old(self.told.roles, looks=self.looks, answer=lambda session: self._answer(session, **path))
        else:
            with _edge(self.told.roles, self.method, looks=self.looks) as session:
                content, code = self._answer(session, **path)
        if self.method != "GET":
            own_writes.note(g.get("actor"))
        response = jsonify(content)
        response.status_code = code
        return stamp(response) if self.method == "GET" else response

    def _answer(self, session: Session, **path: Any) -> Answer:
        actor = signed_in(session, *self.told.roles)
        given = _given(self.told.body, self.told.query)
        if self.method in ("PUT", "DELETE"):
            check_match(session, _shown(self.address, session, actor, path), address=request.path)
        elif self.method == "POST":
            seen = None if self.shows is None else partial(self.shows, session, actor, None, now=clock.utc_now(), **path)
            check_match(session, seen, address=request.path.rpartition("/")[0])
        said = self.view(session, actor, given, now=clock.utc_now(), **path)
        content, code = said if isinstance(said, tuple) else (said, self.told.status)
        return content if self.shows is None else self._shown(session, **path), code

    def _kept(self, session: Session, /, **path: Any) -> Answer:
        """The answer as it is sent, for a key that is repeated."""
        content, code = self._answer(session, **path)
        return to_jsonable_python(content), code

    def _shown(self, session: Session, /, **path: Any) -> dict[str, Any]:
        """What the address that ``shows`` names tells now."""
        assert self.shows is not None
        actor = signed_in(session, *self.told.roles)
        content: dict[str, Any] = to_jsonable_python(self.shows(session, actor, None, now=clock.utc_now(), **path))
        return content


@contextmanager
def _edge(roles: tuple[Role, ...], method: str, *, looks: bool) -> Iterator[Session]:
    """The session of a request: of a GET the caller's own, so that a company's query finds that company's rows only."""
    if method != "GET" or "provider" not in roles:
        with reading() if looks else transaction() as session:
            yield session
        return
    with reading() as session:
        actor = signed_in(session, *roles)
    with tenant.for_actor(actor, looks=looks) as session:
        yield session


def _maybe_old(roles: tuple[Role, ...], *, looks: bool, answer: Callable[[Session], Answer]) -> Answer:
    """The answer by whichever database may give it; who asks is asked of the primary."""
    if not settings().database_replica_url:
        with _edge(roles, "GET", looks=looks) as session:
            return answer(session)
    with reading() as session:
        actor = signed_in(session, *roles)
    return replica.answered(actor, answer, looks=looks)


def _shown(address: tuple[str, str], session: Session, actor: Actor, path: dict[str, Any]) -> Callable[[], dict[str, Any]] | None:
    """What the same address shows the actor when it is read; ``None`` where it can't be."""
    view, roles = _READINGS.get(address, (None, ()))
    if view is None or actor.role not in roles:
        return None
    return lambda: view(session, actor, None, now=clock.utc_now(), **path)


def page(rows: Sequence[Any], limit: int) -> dict[str, Any]:
    """A page of rows that have an ``id``; ``next`` is ``None`` on the last one."""
    return {"items": list(rows), "next": rows[-1].id if len(rows) >= limit else None}


def month(words: str) -> date:
    """``2026-10`` in an address -> the first of October 2026; raises ``Invalid``."""
    found = ledger.month_of(storable(words))
    if not EARLIEST.year <= found.year < LATEST.year:
        sentence = f"Name a month from {EARLIEST.year} to {LATEST.year - 1}, such as 2026-10."
        raise Invalid("statement.month", sentence, fields={"month": sentence})
    return found


def _given(body: type[BaseModel] | None, query: type[BaseModel] | None) -> BaseModel | None:
    if body is not None:
        return read(body, json_body())
    if query is None:
        return None
    return read(query, {name: storable(value) for name, value in parameters(query, request.args).items()})
