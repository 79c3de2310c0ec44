"""Sources of the demo market: what each may be used for, what it costs, and a day of records in its own format.

Nothing is fetched: the records stand here as their protocols write them, and go through the real connectors and steps.
"""

import json
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import leads, niches, sourcing
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.db import Json, transaction
from core.sourcing import Pushed, RawRecord, Uses
from core.sourcing.models import Source
from demo.setting import ground
from jobs.work import work

FIRSTS = ("Dana", "Rowan", "Teresa", "Miles", "Priya", "Owen", "June", "Ivan", "Celia", "Marcus")
LASTS = ("Whitlock", "Pike", "Odell", "Hanley", "Sandoval", "Castillo", "Farrow", "Brandt", "Nakata", "Lindgren")
PLACES = (("89109", "Las Vegas", "NV"), ("85004", "Phoenix", "AZ"), ("75201", "Dallas", "TX"), ("78701", "Austin", "TX"))
STREETS = ("Desert Sage Ln", "Mesquite Ave", "Canyon View Dr", "Pecan St", "Copper Ridge Rd", "Juniper Ct")
WORDS = {
    "text": "I agree that Hotleads passes my request to companies in my area and that they call or write to me about it.",
    "version": "demo-1",
    "sellers": ["Hotleads"],
}
CostKind = Literal["monthly", "per_lead"]
OURS = "Our own form; its words name us."
Record = tuple[str, Json]
OFTEN_APPROVED = 3  # of four leads that are there


def _person(n: int) -> str:
    """The n-th of a hundred people, no two of one name."""
    return f"{FIRSTS[n % 10]} {LASTS[(n // 10 + 3 * n) % 10]}"


def load_sources(say: Callable[[str], None]) -> None:
    """Add the demo's sources and a day of their records, once."""
    with transaction() as session:
        if session.execute(text("select exists (select from source)")).scalar_one():
            return
        now, admin = utc_now(), ground(session).admin
        _google(session, admin, now)
        _meta(session, admin, now)
        _mls(session, admin, now)
        _owners(session, admin, now)
        fair = _fair(session, admin, now)
    work(str(fair))
    _look_through()
    say("Demo: sources and their first records are in place.")


def _google(session: Session, admin: Actor, now: datetime) -> None:
    source = _add(
        session, admin, now, "google", "Google: roof check", "roofing", {"form": WORDS}, {"google_key": "demo-key-of-google"}
    )
    _allow(
        session,
        admin,
        now,
        source,
        Uses(True, True, "with_consent"),
        OURS,
        "Form 2219 in our account",
    )
    _cost(session, admin, now, source, "per_lead", 1850)
    dice = random.Random("google")
    said = [_google_lead(dice, n, now) for n in range(24)]
    said += [(f"g-{n}", said[n][1] | {"lead_id": f"g-{100 + n}"}) for n in (3, 9)]  # sent twice under another id
    said += [(f"g-{200 + n}", _from_next_door(said[n][1], n)) for n in (5, 14)]
    _push(session, source, [(str(body["lead_id"]), body) for _, body in said], now)


def _from_next_door(told: Json, n: int) -> Json:
    """The same person by another mailbox, the house number one off: a question for somebody to look at."""
    other = {"EMAIL": f"roof.{n}@example.com", "PHONE_NUMBER": "", "STREET_ADDRESS": None}
    columns = []
    for one in told["user_column_data"]:
        number, _, street = one["string_value"].partition(" ")
        said = other.get(one["column_id"], one["string_value"]) or (f"{int(number) + 1} {street}" if number.isdigit() else "")
        columns.append(one | {"string_value": said})
    return told | {"lead_id": f"g-{200 + n}", "user_column_data": columns}


def _google_lead(dice: random.Random, n: int, now: datetime) -> Record:
    zip_, _, _ = dice.choice(PLACES)
    phone = "12" if n == 7 else f"+1702555{100 + n:04d}"
    columns = {
        "FULL_NAME": _person(n), "EMAIL": "not given" if n == 7 else f"roof{n}@example.com", "PHONE_NUMBER": phone,
        "POSTAL_CODE": "" if n == 11 else zip_, "STREET_ADDRESS": f"{100 + 7 * n} {dice.choice(STREETS)}",
        "job": dice.choice(("Repair", "Full replacement", "Inspection or estimate")), "stories": dice.choice(("1", "2")),
    }  # fmt: skip
    at = (now - timedelta(minutes=20 * (25 - n))).isoformat()
    answers = [{"column_id": key, "string_value": value} for key, value in columns.items()]
    return f"g-{n}", {"lead_id": f"g-{n}", "form_id": "2219", "lead_submit_time": at, "user_column_data": answers}


def _meta(session: Session, admin: Actor, now: datetime) -> None:
    secrets = {"app_secret": "demo-secret-of-meta"}
    source = _add(session, admin, now, "meta", "Meta: home values", "home-seller", {"page_id": "771", "form": WORDS}, secrets)
    _allow(
        session,
        admin,
        now,
        source,
        Uses(True, True, "with_consent"),
        OURS,
        "Page 771 in our account",
    )
    _cost(session, admin, now, source, "monthly", 42_000)
    dice = random.Random("meta")
    _push(session, source, [_meta_lead(dice, n, now) for n in range(18)], now)


def _meta_lead(dice: random.Random, n: int, now: datetime) -> Record:
    zip_, city, state = dice.choice(PLACES)
    said = {
        "full_name": _person(30 + n), "email": f"seller{n}@example.com", "phone_number": f"+1602555{100 + n:04d}",
        "street_address": f"{40 + 3 * n} {dice.choice(STREETS)}", "city": city, "state": state,
        "zip_code": "" if n == 5 else zip_,
        "bedrooms": str(dice.randrange(2, 6)),
        "condition": dice.choice(("Move-in ready", "Needs cosmetic work")),
    }  # fmt: skip
    at = (now - timedelta(minutes=30 * (19 - n))).strftime("%Y-%m-%dT%H:%M:%S+0000")
    return f"44400{n}", {
        "id": f"44400{n}", "created_time": at, "form_id": "88",
        "field_data": [{"name": key, "values": [value]} for key, value in said.items()],
    }  # fmt: skip


def _mls(session: Session, admin: Actor, now: datetime) -> None:
    settings = {"root_url": "https://mls.example/odata"}
    source = _add(session, admin, now, "reso", "Valley MLS feed", "home-seller", settings, {"token": "demo-token"})
    _allow(
        session,
        admin,
        now,
        source,
        Uses(True, True, "never"),
        "IDX licence: prices and facts only, no resale.",
        "Licence 4410, section 6",
    )
    _cost(session, admin, now, source, "monthly", 19_900)
    dice = random.Random("mls")
    _push(session, source, [_listing(dice, n, now) for n in range(20)], now)


def _listing(dice: random.Random, n: int, now: datetime) -> Record:
    zip_, city, state = dice.choice(PLACES)
    return f"a{n}", {
        "ListingKey": f"a{n}", "StandardStatus": "Active", "ListPrice": 310_000 + 5000 * n,
        "BedroomsTotal": dice.randrange(2, 6),
        "BathroomsTotalInteger": 2, "LivingArea": 1400 + 30 * n, "UnparsedAddress": f"{10 + n} {dice.choice(STREETS)}",
        "City": city,
        "StateOrProvince": state, "PostalCode": zip_, "ListAgentFullName": _person(90 + n % 4),
        "ListAgentEmail": "agent@example.com",
        "ModificationTimestamp": (now - timedelta(hours=2, minutes=n)).isoformat(),
    }  # fmt: skip


def _owners(session: Session, admin: Actor, now: datetime) -> None:
    """Added, and waiting for somebody to read its terms: it may not run."""
    settings = {"site_url": "https://homes-by-owner.example", "contact_url": "https://hotleads.example/about"}
    _add(session, admin, now, "fsbo", "Homes by owner", "home-seller", settings, {})


def _look_through() -> None:
    """An admin has been through most of the leads by now; the rest waits for the person at the screen."""
    with transaction() as session:
        now, admin = utc_now(), ground(session).admin
        asked = session.scalars(
            text("""select l.id from lead l join source_record r on r.lead_id = l.id and r.founder
                    where l.status = 'pending_approval' and not exists (
                      select from duplicate_pair d where d.state = 'open' and l.id in (d.first_id, d.second_id))
                    order by r.source_id, r.record_id""")
        ).all()
        for at, lead_id in enumerate(asked):
            if at % 4 < OFTEN_APPROVED:
                leads.approve(session, actor=admin, lead_id=lead_id, now=now)


def _fair(session: Session, admin: Actor, now: datetime) -> UUID:
    """Cards from a home fair as somebody typed them: a few are known already, a few can't be read. Returns the file's job."""
    source = _add(session, admin, now, "upload", "Spring home fair", "home-seller", {"form": WORDS}, {})
    _allow(session, admin, now, source, Uses(True, True, "with_consent"), "Cards signed at our stand.", "Box 3, archive room")
    _cost(session, admin, now, source, "per_lead", 900)
    dice = random.Random("fair")
    lines = ["Full name,E-mail,Phone,Street,City,State,Zip,Bedrooms"]
    for n in range(14):
        zip_, city, state = dice.choice(PLACES)
        name, street = _person(50 + n), f"{300 + 11 * n} {dice.choice(STREETS)}"
        phone = "" if n == 4 else f"214-555-{100 + n:04d}"
        lines.append(f"{name},fair{n}@example.com,{phone},{street},{city},{state},{zip_},{dice.randrange(2, 6)}")
    # Again, from another list: by another mailbox and number, with a slip of the pen.
    for n in (2, 6, 9):
        cells = lines[1 + n].split(",")
        slip = cells[0][:3] + cells[0][4:]
        lines.append(",".join([slip, f"f.{n}@example.com", f"214-555-{180 + n:04d}", *cells[3:]]))
    lines += [
        "Walk-in,,,,,,89109,2",
        "Lou Mercer,lou@example.com,214-555-0199,9 Pecan St,Dallas,TX,,3",
        "Kim,Ode,too,many,cells,in,this,row,of,it",
    ]
    content = "\n".join(lines).encode()
    looked = sourcing.look_at_file(session, actor=admin, source_id=source.id, content=content)
    return sourcing.request_file(
        session, actor=admin, source_id=source.id, content=content, looked=looked, name="home-fair-cards.csv", now=now
    )


def _add(
    session: Session, admin: Actor, now: datetime, kind: str, name: str, niche: str, settings: Json, secrets: dict[str, str]
) -> Source:
    niche_id = niches.get_niche(session, niche).id
    return sourcing.add_source(
        session, actor=admin, kind=kind, name=name, niche_id=niche_id, settings=settings, secrets=secrets, now=now
    )


def _allow(session: Session, admin: Actor, now: datetime, source: Source, uses: Uses, licence: str, evidence: str) -> None:
    sourcing.grant_permission(session, actor=admin, source_id=source.id, uses=uses, licence=licence, evidence=evidence, now=now)


def _push(session: Session, source: Source, said: list[Record], now: datetime) -> None:
    records = tuple(RawRecord(key, "1", json.dumps(body).encode(), "application/json", now) for key, body in said)
    sourcing.receive(session, source_id=source.id, pushed=Pushed(records=records), now=now)


def _cost(
    session: Session, admin: Actor, now: datetime, source: Source, kind: Literal["monthly", "per_lead"], cents: int
) -> None:
    since = (now - timedelta(days=60)).date()
    sourcing.add_cost(session, actor=admin, source_id=source.id, kind=kind, amount_cents=cents, starts_on=since, now=now)
