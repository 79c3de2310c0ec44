"""Who a person at the demo's start screen can be."""

from dataclasses import dataclass
from typing import Literal

PASSWORD = "lantern-Quartz-meadow-42"  # published on purpose; the demo refuses to run in production


@dataclass(frozen=True, slots=True)
class SignIn:
    """One demo person: what to type, and what they are there for."""

    role: Literal["admin", "analyst", "scientist", "provider"]
    email: str
    full_name: str
    password: str
    note: str


STAFF = (
    SignIn("admin", "admin@example.com", "Avery Collins", PASSWORD, "Reviews leads, runs the exchange"),
    SignIn("analyst", "analyst@example.com", "Jordan Lee", PASSWORD, "Reads reports; contact data is masked"),
    SignIn("scientist", "scientist@example.com", "Sam Okafor", PASSWORD, "Trains models on masked data"),
)
PROVIDER = SignIn(
    "provider",
    "provider@example.com",
    "Robin Vega",
    PASSWORD,
    "Owns a company in Las Vegas that buys home sellers and home buyers",
)


def sign_ins() -> list[SignIn]:
    """The demo's people, one of each role; every other company's owner has the same password."""
    return [*STAFF, PROVIDER]
