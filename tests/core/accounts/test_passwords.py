"""What passwords we take (SPEC 1.2)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import accounts
from core.accounts import passwords

EMAIL, COMPANY = "sam.rivera@desertroofing.example", "Desert Roofing, Inc."


@pytest.mark.parametrize("password", ["mountain lantern quiet", "Tr0ub4dor&3 x", "kaffee-übermorgen-Säge", "x9#Lq2!vTz"])
def test_strong_ones_pass(password: str) -> None:
    assert accounts.password_advice(password, email=EMAIL, company=COMPANY).ok
    accounts.check_password(password, email=EMAIL, company=COMPANY)


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("x9#Lq2!vT", "at least 10 characters"),
        ("passwordpassword", "Repeats"),
        ("qwertyuiop1", "common"),
        ("my sam.rivera lantern", "e-mail address"),
        ("my SAMRIVERA lantern", "e-mail address"),
        ("quiet desertroofing sky", "e-mail address"),
        ("quiet Desert-Roofing Inc sky", "company's name"),
        ("x" * 257, "at most 256"),
    ],
)
def test_weak_ones_are_refused_with_advice(password: str, words: str) -> None:
    advice = accounts.password_advice(password, email="sam.rivera@desertroofing.example", company=COMPANY)
    assert not advice.ok and words in advice.warning
    with pytest.raises(accounts.WeakPassword, match=words) as refused:
        accounts.check_password(password, email=EMAIL, company=COMPANY)
    assert words in refused.value.fields["password"]


def test_each_person_is_judged_by_their_own_words() -> None:
    """The estimator keeps the caller's words in a module-wide table: they must not leak into the next judgement."""
    accounts.password_advice("anything", email="mountain@example.com", company="Lantern Quiet")
    assert accounts.password_advice("mountain lantern quiet", email=EMAIL, company=COMPANY).ok


def test_hashes_are_argon2id_salted_and_verify() -> None:
    one, two = passwords.hash_password("mountain lantern quiet"), passwords.hash_password("mountain lantern quiet")
    assert one.startswith("$argon2id$") and one != two
    assert passwords.password_ok(one, "mountain lantern quiet")
    assert not passwords.password_ok(one, "mountain lantern quieT")
    assert not passwords.needs_rehash(one)


def test_nobody_has_no_password() -> None:
    assert not passwords.password_ok(None, "the password of nobody")


def test_composed_and_decomposed_characters_are_the_same() -> None:
    assert passwords.password_ok(passwords.hash_password("Säge über Öl"), "Säge über Öl")


@settings(deadline=None, max_examples=25)
@given(st.text(max_size=300), st.emails(), st.text(max_size=40))
def test_any_text_gets_an_answer(password: str, email: str, company: str) -> None:
    advice = accounts.password_advice(password, email=email, company=company)
    assert 0 <= advice.score <= 4
    assert advice.ok == (not advice.warning)
    assert advice.ok <= (10 <= len(password) <= 256 and advice.score >= 3)


def test_a_password_of_signs_that_grow_when_composed_can_be_used() -> None:
    """One sign may stand for eighteen: what is taken must also be recognised."""
    password = "\ufdfa" * 30 + " mountain lantern quiet"
    assert len(password) <= passwords.LONGEST
    assert passwords.password_ok(passwords.hash_password(password), password)
    assert not passwords.password_ok(passwords.hash_password(password), password[:-1])
