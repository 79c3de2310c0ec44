"""Calls that sources make to us: whose they are, whether they are genuine, what they bring (SPEC 8.1).

Several sources of a kind share one address; a call belongs to each source whose signature or key fits it. Pure: what is
read here is taken in by the pipeline.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from core.kit.errors import Invalid
from core.kit.logs import logger
from core.sourcing.connectors import adf
from core.sourcing.connectors.forms import google, linkedin, linkedin_push, meta_push
from core.sourcing.connectors.kinds import read_secrets, read_settings
from core.sourcing.connectors.pushed import Forged
from core.sourcing.connectors.reso import push as reso_push
from core.sourcing.record import Pushed

FORGED = "The signature or key is missing or wrong; nothing was changed."


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it came: the raw body, headers by name whatever their case, the query."""

    body: bytes
    headers: Mapping[str, str]
    query: Mapping[str, str]

    def bearer(self) -> str:
        """The token of ``Authorization: Bearer``; empty without one."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""


class Door(Protocol):
    """A source that may send to us."""

    @property
    def slug(self) -> str:
        """Its short name."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """As they are stored."""
        ...

    @property
    def secrets(self) -> Mapping[str, str]:
        """In plain."""
        ...


AnyDoor = TypeVar("AnyDoor", bound=Door)
Verify = Callable[[Call, Any], bool]
Read = Callable[[Call, Any, datetime], Pushed]
_WAYS: dict[str, tuple[Verify, Read]] = {
    "meta": (
        lambda call, secrets: meta_push.verify_push(call.body, call.headers.get("X-Hub-Signature-256", ""), secrets),
        lambda call, settings, _: meta_push.read_push(call.body, settings),
    ),
    "google": (
        lambda call, secrets: google.verify_push(call.body, secrets),
        lambda call, _, now: google.read_push(call.body, now=now),
    ),
    "linkedin": (
        lambda call, secrets: linkedin_push.verify_push(call.body, call.headers.get("X-LI-Signature", ""), secrets),
        lambda call, settings, now: linkedin_push.read_push(call.body, settings, now=now),
    ),
    "reso": (
        lambda call, secrets: reso_push.verify_push(call.headers.get("Authorization", ""), secrets),
        lambda call, settings, now: reso_push.read_push(call.body, settings, now=now),
    ),
    "adf": (
        lambda call, secrets: adf.verify_push(call.bearer() or call.query.get("key", ""), secrets),
        lambda call, _, now: adf.read_push(call.body, now=now),
    ),
}


def read_call(kind: str, call: Call, doors: Sequence[AnyDoor], *, now: datetime) -> list[tuple[AnyDoor, Pushed]]:
    """What each source gets that the call fits. Raises ``Forged`` when it fits none, ``Malformed`` when it makes no sense."""
    verify, read = _WAYS[kind]
    genuine = [(door, settings) for door, settings, secrets in _opened(kind, doors) if verify(call, secrets)]
    if not genuine:
        raise Forged("push.forged", FORGED)
    return [(door, read(call, settings, now)) for door, settings in genuine]


def answer_handshake(kind: str, query: Mapping[str, str], doors: Sequence[Door]) -> str | dict[str, str]:
    """What to answer to Meta's or LinkedIn's handshake; raises ``Forged``.

    LinkedIn's names nobody: with several sources ``source`` in the address (a source's short name) says whose secret answers.
    """
    code, slug = query.get("challengeCode", ""), query.get("source")
    for door, _, secrets in _opened(kind, doors):
        if kind == "meta" and (challenge := meta_push.answer_challenge(query, secrets)) is not None:
            return challenge
        if kind == "linkedin" and slug in {None, door.slug} and linkedin.LEAD_ID.fullmatch(code):
            return linkedin_push.answer_challenge(code, secrets)
    raise Forged("push.forged", FORGED)


def _opened(kind: str, doors: Sequence[AnyDoor]) -> Iterator[tuple[AnyDoor, Any, Any]]:
    """Doors with settings and secrets as their models. One that can't be read must not close the others."""
    for door in doors:
        try:
            yield door, read_settings(kind, door.settings), read_secrets(kind, door.secrets)
        except Invalid as error:
            logger().warning("source.settings_unreadable", source=door.slug, fields=sorted(error.fields))
