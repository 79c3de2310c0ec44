"""Who is the same person, and which texts are no address, number or name at all (SPEC 2.5, 2.6)."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.leads import identity
from core.leads.address import Address, normalised, read
from core.messaging.transport import Letter, mime


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Pat@Gmail.com", "p.a.t+x@googlemail.com", True),
        ("pat+a@outlook.com", "pat@outlook.com", True),
        ("pat+a@company.com", "pat@company.com", False),
        ("p.at@company.com", "pat@company.com", False),
        ("Pat@Company.com", "pat@company.com", True),
    ],
)
def test_mailboxes(one: str, other: str, same: bool) -> None:
    read_one, read_other = identity.read_email(one), identity.read_email(other)
    assert read_one and read_other
    assert (identity.email_key(read_one) == identity.email_key(read_other)) == same


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("pat@b\u00fccher.de", "pat@xn--bcher-kva.de"),
        ("pat@bu\u0308cher.de", "pat@xn--bcher-kva.de"),
        ("pat@XN--bcher-kva.de", "pat@xn--bcher-kva.de"),
        ("pat@\uff4dail.com", "pat@mail.com"),
        ("pat@m\u0430il.com", "pat@xn--mil-6cd.com"),  # the a is Cyrillic: another domain, and seen to be one
        ("p\u00e4t@mail.com", None),
        ("\uff50at@mail.com", None),
        ("pat\u200b@mail.com", None),
        ("pat@ma\u00adil.com", None),
    ],
)
def test_every_address_is_one_that_a_letter_can_be_sent_to(typed: str, kept: str | None) -> None:
    assert identity.read_email(typed) == kept
    if kept:
        sent = mime(Letter(uuid4(), kept, "Pat", "S", "<p>H</p>", "T"), now=datetime(2026, 11, 4, tzinfo=UTC))
        assert sent["To"].addresses[0].addr_spec == kept and sent["To"].encode("ascii")


@pytest.mark.parametrize("text", ["702-234-5678", "(702) 234 5678", "+1 702.234.5678", "1 702 234 5678", "tel:+1-702-234-5678"])
def test_spellings_of_a_number(text: str) -> None:
    assert identity.read_phone(text) == "+17022345678"


@pytest.mark.parametrize("text", ["702 234 56\u0667\u0668", "\u202d702 234 5678\u202c", "702\u00a0234\u00a05678"])
def test_a_number_is_kept_in_plain_digits(text: str) -> None:
    assert identity.read_phone(text) == "+17022345678"


@pytest.mark.parametrize("text", ["", "123", "911", "000 000 0000", "702-234-567", "call me", "+999999999999", "7" * 41])
def test_what_is_no_number(text: str) -> None:
    assert identity.read_phone(text) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("12 North Main Street", "Apartment 4"), ("12 N. MAIN ST", "#4"), True),
        (("12 N Main St Apt 4", None), ("12 North Main Street", "Unit 4"), True),
        (("12 N Main St", None), ("12 S Main St", None), False),
        (("12 N Main St", "4"), ("12 N Main St", "5"), False),
        (("behind the mill", None), ("Behind  the MILL", None), True),
    ],
)
def test_homes(one: tuple[str, str | None], other: tuple[str, str | None], same: bool) -> None:
    keys = [Address(street, unit, zip="89109").key("Pat Example") for street, unit in (one, other)]
    assert (keys[0] == keys[1]) == same and None not in keys


def test_names_in_any_order() -> None:
    assert identity.name_key("Example, Pat") == identity.name_key("PAT  example") != identity.name_key("Sam Example")
    assert Address(zip="89109").key("Pat") is None, "no street, no key"


def test_a_name_is_the_same_with_its_accents_and_without() -> None:
    assert {identity.name_key(name) for name in ("José García", "Jose\u0301 Garci\u0301a", "Garcia, Jose")} == {"garcia jose"}
    assert identity.name_key("李小龍") and identity.name_key("김철수") != identity.name_key("김철호")


def test_keys_hide_what_they_are_of() -> None:
    keys = identity.identity_keys("pat@example.com", "+17022345678", "example pat|12 n main st|89109")
    assert [key.split(":")[0] for key in keys] == ["address", "email", "phone"] == sorted(key.split(":")[0] for key in keys)
    assert not any(part in str(keys) for part in ("pat", "702", "main"))


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    identity.read_email(text)
    identity.read_phone(text)
    identity.name_key(text)
    address, errors = read(text)
    assert set(errors) <= {"address", "address.street", "address.city"}
    if address.street:
        home = Address(address.street, address.unit, address.city or "Las Vegas", address.state or "NV", "89109")
        assert normalised(home).street and (home.key("Pat") is None or "|" in (home.key("Pat") or ""))
