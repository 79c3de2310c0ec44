"""The passport of each lead: its story from source and consent to each sale, in a chain that others can check (SPEC 13.8).

A job carries the chains on with what has been sealed (``extend``); ``passport`` gives a copy as its reader may see it,
signed, and ``check`` proves such a copy without a database (docs/passport.md).
"""

from core.passports.copy import MaskedStory, Moment, passport, story_before_purchase
from core.passports.extend import extend
from core.passports.file import FORMAT, check, to_bytes
from core.passports.models import PassportEntry, PassportProgress
from core.passports.sign import former_public_keys, public_key
from core.passports.verify import verify

__all__ = [
    "FORMAT",
    "MaskedStory",
    "Moment",
    "PassportEntry",
    "PassportProgress",
    "check",
    "extend",
    "former_public_keys",
    "passport",
    "public_key",
    "story_before_purchase",
    "to_bytes",
    "verify",
]
