"""What came in by form or JSON, and the limits on how often (SPEC 1.7)."""

from typing import Any
from uuid import UUID

from flask import request

from core import accounts
from core.kit import crypto
from core.kit.errors import Invalid
from intake_api.context import client_ip, limit, limit_by_ip, storable

LONGEST = 2_000
MOST_IDS = 200


def form(name: str) -> str:
    """One field of a form, cut to a length that no honest answer reaches."""
    return storable(request.form.get(name, ""))[:LONGEST]


def form_ids(name: str) -> list[UUID]:
    """The ids of ticked boxes; what is no id is left out."""
    return [found for value in request.form.getlist(name)[:MOST_IDS] if (found := _as_id(value))]


def id_lists(body: dict[str, Any], *names: str) -> list[list[UUID]]:
    """The named lists of ids of a JSON body; raises ``Invalid`` naming every one that is something else."""
    given = {name: value if isinstance(value := body.get(name), list) else [None] for name in names}
    found = {name: [_as_id(each) for each in values[: MOST_IDS + 1]] for name, values in given.items()}
    if wrong := {name: "Send a list of ids." for name, ids in found.items() if None in ids or len(ids) > MOST_IDS}:
        raise Invalid("body.fields", "Some fields are missing or not right.", fields=wrong)
    return [[each for each in found[name] if each] for name in names]


def _as_id(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def texts(body: dict[str, Any], *names: str) -> list[str]:
    """The named text fields of a JSON body; raises ``Invalid`` naming every one that is missing or no text."""
    wrong = {name: "This field is needed, as text." for name in names if not isinstance(body.get(name), str)}
    wrong |= {name: "This is too long." for name in names if name not in wrong and len(body[name]) > LONGEST}
    if wrong:
        raise Invalid("body.fields", "Some fields are missing or not right.", fields=wrong)
    return [body[name] for name in names]


def limit_login(email: str) -> None:
    """5 tries per address and caller, 30 per caller, in 15 minutes; never a lock on the account itself."""
    limit_by_ip("login.ip")
    limit("login.pair", _hashed(email), client_ip() or "unknown")


def limit_mail(kind: str, email: str) -> None:
    """3 letters per address and hour, whoever asks."""
    limit_by_ip("account.anonymous")
    limit("forgot", kind, _hashed(email))


def _hashed(email: str) -> str:
    """Redis sees no addresses; a mailbox is one, however it is spelled."""
    return crypto.keyed_hash(accounts.email_key(email) or email.strip().casefold(), purpose="rate-limit")[:32]
