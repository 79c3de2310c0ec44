"""The steps that need no database, over a batch: parse, normalise, judge (SPEC 8.3). Each is a function of its own.

A record that fails a step keeps its reasons and goes no further; it is stored in the quarantine with them.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from core.kit import words
from core.kit.ids import uuid7
from core.leads import Arrival, ConsentText, Landed
from core.sourcing import raw
from core.sourcing.dedupe import Shape, shape_of
from core.sourcing.dedupe.keys import block_keys
from core.sourcing.errors import Unreadable
from core.sourcing.normalise import Normal, normalise
from core.sourcing.permission import MaySell
from core.sourcing.quarantine import Reason
from core.sourcing.reading import Reading
from core.sourcing.record import Connector, Parsed, RawRecord

LONGEST_CONSENT = 5000


class Item(NamedTuple):
    """One record on its way: what is known of it so far. With ``reasons`` it goes to quarantine.

    ``traits``: under what it meets its likely twins. ``landed``: the rows of its lead as they would be if they were stored
    now (``decide.land_ahead``).
    """

    id: UUID
    record: RawRecord
    sealed: bytes
    hash: bytes
    parsed: Parsed | None = None
    normal: Normal | None = None
    arrival: Arrival | None = None
    shape: Shape | None = None
    traits: tuple[int, ...] = ()
    landed: Landed | None = None
    reasons: tuple[Reason, ...] = ()

    @property
    def on_its_way(self) -> bool:
        """True while nothing speaks against it and there is something to read."""
        return not self.reasons and not self.record.gone and not self.record.test


@dataclass(frozen=True, slots=True)
class Rules:
    """What the steps need to know of a source: how records are read, the niche they ask in, whether they may be sold."""

    reading: Reading
    niche: str | None
    may_sell: MaySell


def prepare(
    connector: Connector, records: Sequence[RawRecord], rules: Rules, fixes: Mapping[str, Any] | None = None
) -> list[Item]:
    """All steps before the database, in order. ``fixes`` are a person's corrections of the only record (a replay)."""
    items = parse(connector, keep(records))
    if fixes:
        items = [corrected(item, fixes) for item in items]
    return judge(normal_forms(items), rules)


def keep(records: Iterable[RawRecord]) -> list[Item]:
    """Hash and encrypt each record as it came."""
    return [Item(uuid7(), _storable(one), raw.sealed(one.content), raw.content_hash(one.content)) for one in records]


def _storable(record: RawRecord) -> RawRecord:
    """Ids and address as they can be stored: a text that is too long is told apart by its hash."""
    told = (record.record_id, record.version, record.url)
    record_id, version, url = (_named(one, most) for one, most in zip(told, (500, 200, 2000), strict=True))
    storable = (record_id or "nameless", version or "1", url or None)
    return record if told == storable else replace(record, record_id=storable[0], version=storable[1], url=storable[2])


def _named(text: str | None, most: int) -> str:
    bare = words.tidy(text or "")
    return bare if len(bare) <= most else f"{bare[: most - 65]}:{hashlib.sha256(bare.encode()).hexdigest()}"


def parse(connector: Connector, items: Iterable[Item]) -> list[Item]:
    """What each record says; one that can't be understood gets its reason."""
    return [item if item.record.test else _parsed(connector, item) for item in items]


def _parsed(connector: Connector, item: Item) -> Item:
    try:
        return item._replace(parsed=connector.parse(item.record))
    except Unreadable as error:
        if item.record.gone:
            return item  # whatever it said, it is no more
        return item._replace(reasons=(Reason("unreadable", "record", words.without_contact(error.message)),))


def corrected(item: Item, fixes: Mapping[str, Any]) -> Item:
    """The parsed record with a person's corrections; one that could not be parsed is built from them alone."""
    plain = {key: value for key, value in fixes.items() if not key.startswith("form_data.")}
    answers = {key.removeprefix("form_data."): value for key, value in fixes.items() if key.startswith("form_data.")}
    parsed = item.parsed or Parsed()
    form_data = {key: value for key, value in {**parsed.form_data, **answers}.items() if value is not None}
    return item._replace(parsed=replace(parsed, **plain, form_data=form_data), reasons=())


def normal_forms(items: Iterable[Item]) -> list[Item]:
    """Contact data and address in normal forms."""
    return [item._replace(normal=_normal(item.parsed)) if item.on_its_way and item.parsed else item for item in items]


def _normal(parsed: Parsed) -> Normal:
    return normalise(
        name=parsed.name, email=parsed.email, phone=parsed.phone, street=parsed.street, unit=parsed.unit, city=parsed.city,
        state=parsed.state, zip=parsed.zip,
    )  # fmt: skip


def judge(items: Iterable[Item], rules: Rules) -> list[Item]:
    """Whether a record can become a lead as far as it alone can tell: reachable, placed, asked for, agreed to."""
    return [_judged(item, rules) if item.on_its_way and item.normal else item for item in items]


def _judged(item: Item, rules: Rules) -> Item:
    parsed, normal = item.parsed, item.normal
    assert parsed is not None and normal is not None
    reasons = [*_unreachable(normal), *_placeless(parsed, normal)]
    niche = parsed.niche or rules.niche
    if niche is None:
        reasons.append(Reason("niche_missing", "niche", "Neither the record nor its source says what is asked for."))
    consent, wrong = _consent(parsed, rules)
    reasons += wrong
    if reasons or niche is None:
        return item._replace(reasons=tuple(reasons))
    arrival = _arrival(parsed, normal, niche, consent, rules.reading)
    shape = shape_of(
        name=arrival.name, email=arrival.email, phone=arrival.phone, street=arrival.street, unit=arrival.unit, city=arrival.city,
        state=arrival.state, zip=arrival.zip,
    )  # fmt: skip
    return item._replace(arrival=arrival, shape=shape, traits=block_keys(shape))


def _unreachable(normal: Normal) -> list[Reason]:
    if normal.email or normal.phone:
        return []
    told = [Reason(why.code, why.field, why.words) for why in normal.reasons if why.field in ("email", "phone")]
    return told or [Reason("no_contact", "email", "There is neither an e-mail address nor a phone number.")]


def _placeless(parsed: Parsed, normal: Normal) -> list[Reason]:
    if normal.home.zip or (parsed.lat is not None and parsed.lon is not None):
        return []
    return [Reason(why.code, "zip", why.words) for why in normal.home.reasons if why.code.startswith("zip_")][:1] or [
        Reason("zip_missing", "zip", "The ZIP code is missing.")
    ]


def _consent(parsed: Parsed, rules: Rules) -> tuple[ConsentText | None, list[Reason]]:
    """The consumer's own consent as the record tells it; the source's standing words where it only says "yes"."""
    given = dict(rules.reading.consent) | {key: value for key, value in (parsed.consent or {}).items() if value not in (None, "")}
    agreed = given.get("agreed", bool(rules.reading.consent))
    wording = str(given.get("text") or "").strip()[:LONGEST_CONSENT]
    if agreed is True and wording and given.get("version"):
        lists = {key: tuple(str(one)[:300] for one in given.get(key) or ())[:50] for key in ("sellers", "channels")}
        return ConsentText(str(given["version"])[:100], words.tidy(wording), lists["sellers"], lists["channels"]), []
    if rules.may_sell != "with_consent":
        return None, []
    if agreed is True:
        return None, [Reason("consent_words_missing", "consent", "The words that were agreed to are missing.")]
    return None, [
        Reason("consent_missing", "consent", "The person's agreement is missing, and the source may not be sold without.")
    ]


def _arrival(parsed: Parsed, normal: Normal, niche: str, consent: ConsentText | None, reading: Reading) -> Arrival:
    home, told = normal.home, parsed.consent or {}
    facts = {**parsed.facts, **{answer: parsed.facts[fact] for answer, fact in reading.answers.items() if fact in parsed.facts}}
    return Arrival(
        niche=niche, name=_clean(normal.name.full), email=normal.email, phone=normal.phone, street=_clean(home.street),
        unit=_clean(home.unit), city=_clean(home.city), state=home.state, zip=home.zip, lat=parsed.lat, lon=parsed.lon,
        address_review=any(why.code == "address_as_typed" for why in home.reasons),
        form_data=dict(parsed.form_data), facts={**reading.defaults, **facts}, needed=reading.needed, text=parsed.text,
        price_cents=parsed.price_cents, consent=consent, page_url=_address(told.get("page_url")),
        certificate_url=_address(told.get("certificate_url")), consent_at=_moment(told.get("at")),
        attribution={key: _clean(str(value)) or "" for key, value in parsed.attribution.items() if value not in (None, "")},
        holder=parsed.holder, at=parsed.at,
    )  # fmt: skip


def _moment(value: Any) -> datetime | None:
    """When it was agreed to, as a moment or as ISO text with its zone."""
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None


def _clean(text: str | None) -> str | None:
    return words.tidy(text)[:200] or None if text else None


def _address(value: Any) -> str | None:
    return value[:2000] if isinstance(value, str) and value.startswith(("https://", "http://")) else None
