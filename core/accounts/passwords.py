"""Passwords: hard to guess, never stored (SPEC 1.2)."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from zxcvbn import zxcvbn

from core.accounts.errors import WeakPassword

SHORTEST, LONGEST = 10, 256
STRONG_ENOUGH = 3
_TOO_SHORT = f"Use at least {SHORTEST} characters; several words are fine."
_TRIED = 4 * LONGEST  # the same password may come in more signs than it was set in, and become more when it is composed
_ESTIMATED = 72  # zxcvbn's own limit; its time grows with the length
# RFC 9106's second choice costs 64 MiB a sign-in; this is OWASP's equal at 19 MiB and one core.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_estimator = Lock()  # zxcvbn keeps the caller's words in a module-wide table


@dataclass(frozen=True, slots=True)
class Advice:
    """How strong a password is (0..4), whether we take it, and what would make it better."""

    score: int
    ok: bool
    warning: str
    suggestions: tuple[str, ...]


def password_advice(password: str, *, email: str = "", company: str = "") -> Advice:
    """Judge a password for a person of this address and company (SPEC 1.2)."""
    if not password:
        return Advice(0, False, _TOO_SHORT, ())
    if len(password) > LONGEST:
        return Advice(0, False, f"Use at most {LONGEST} characters.", ())
    words = [word for word in re.split(r"[@.\s]+", f"{email} {company}") if word]
    with _estimator:
        found = zxcvbn(password[:_ESTIMATED], user_inputs=[email, company, *words])
    score, warning = int(found["score"]), str(found["feedback"]["warning"])
    suggestions = tuple(str(line) for line in found["feedback"]["suggestions"])
    if len(password) < SHORTEST:
        return Advice(min(score, 2), False, _TOO_SHORT, suggestions)
    if named := _part_contained(password, email, company):
        return Advice(min(score, 2), False, f"It contains {named}, which others know or can guess.", suggestions)
    if score < STRONG_ENOUGH:
        return Advice(score, False, warning or "It is still easy to guess.", suggestions or ("Add another word or two.",))
    return Advice(score, True, "", ())


def check_password(password: str, *, email: str, company: str = "") -> None:
    """Raise ``WeakPassword`` with the advice unless the password is good enough (SPEC 1.2)."""
    advice = password_advice(password, email=email, company=company)
    if not advice.ok:
        words = " ".join([advice.warning, *advice.suggestions])
        raise WeakPassword("password.weak", f"Please choose another password. {words}", fields={"password": words})


def hash_password(password: str) -> str:
    """Argon2id of the password, with its own salt and parameters inside."""
    return _HASHER.hash(_canonical(password))


def password_ok(stored: str | None, password: str) -> bool:
    """True when the password belongs to the hash; takes the same time when there is no hash to compare with."""
    try:
        return _HASHER.verify(stored or _nobody(), _canonical(password[:_TRIED])) and stored is not None
    except VerificationError:
        return False


def needs_rehash(stored: str) -> bool:
    """True when the hash was made with older parameters."""
    return _HASHER.check_needs_rehash(stored)


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _HASHER.hash("the password of nobody")


def _canonical(password: str) -> str:
    """The same characters whatever keyboard composed them."""
    return unicodedata.normalize("NFKC", password)


def _part_contained(password: str, email: str, company: str) -> str | None:
    """Words for the part of the person's e-mail or company that the password contains."""
    lowered = password.casefold()
    plain = _letters(lowered)
    local, _, domain = email.casefold().partition("@")
    name = domain.rpartition(".")[0].rpartition(".")[2]
    if len(local) >= 3 and (local in lowered or (_letters(local) in plain and len(_letters(local)) >= 3)):
        return "your e-mail address"
    if len(name) >= 4 and name in lowered:
        return "your e-mail address"
    if len(_letters(company.casefold())) >= 4 and _letters(company.casefold()) in plain:
        return "your company's name"
    return None


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)
