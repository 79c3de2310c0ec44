"""Names, mailboxes and numbers in normal forms, with the reason for each that is not (SPEC 8.3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kit.config import settings
from core.sourcing.normalise import REASONS, looks_like_business, normalise, read_mailbox, read_name, read_number


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("pat example", ("Pat", None, "Example", None)),
        ("EXAMPLE, PAT", ("Pat", None, "Example", None)),
        ("Dr. Pat M. O'Neil Jr.", ("Pat", "M.", "O'Neil", "Jr")),
        ("Pat de la Cruz", ("Pat", None, "de la Cruz", None)),
        ("Pat Example III", ("Pat", None, "Example", "III")),
        ("Mary Church", ("Mary", None, "Church", None)),
        ("P Example", ("P", None, "Example", None)),
    ],
)
def test_people(name: str, parts: tuple[str | None, ...]) -> None:
    read = read_name(name)
    assert (read.first, read.middle, read.last, read.suffix) == parts and read.kind == "person" and not read.reasons


def test_two_columns_hold_the_same_person_as_one() -> None:
    assert read_name("Pat Example Jr") == read_name(first="Pat", last="Example, Jr.")


@pytest.mark.parametrize("name", ["Example Roofing LLC", "Example & Sons", "Joe's Pizza", "Example Co", "7 Larches Cafe"])
def test_businesses(name: str) -> None:
    assert looks_like_business(name) and read_name(name).kind == "business" and read_name(name).full == name


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("test", "name_placeholder"),
        ("xxxx", "name_placeholder"),
        ("N/A", "name_placeholder"),
        ("Pat", "name_partial"),
        ("12", "name_placeholder"),
    ],
)
def test_names_that_are_none(name: str, code: str) -> None:
    assert [reason.code for reason in read_name(name).reasons] == [code]


@pytest.mark.parametrize(
    ("text", "email", "codes"),
    [
        (" Pat@Mail.com ", "Pat@mail.com", []),
        ("pat@mailinator.com", "pat@mailinator.com", ["email_disposable"]),
        ("pat@@mail.com", None, ["email_invalid"]),
        ("pat.mail.com", None, ["email_invalid"]),
        ("n/a", None, []),
        (None, None, []),
        ("Pat Example <pat@mail.com>", "pat@mail.com", []),
        ("pat @mail.com (work).", "pat@mail.com", []),
        ("pat@mail.com; kim@mail.com", "pat@mail.com", ["email_several"]),
        ("pat@mail.com;pat@mail.com", "pat@mail.com", []),
        ("pat+tag@sub.mail.co.uk", "pat+tag@sub.mail.co.uk", []),
        ("pat@mail.con", "pat@mail.con", ["email_mistyped"]),
        ("pat\u200b@mail.com\u00a0", "pat@mail.com", []),
    ],
)
def test_mailboxes(text: str | None, email: str | None, codes: list[str]) -> None:
    read, reasons = read_mailbox(text)
    assert read == email and [reason.code for reason in reasons] == codes


def test_reserved_domains_and_fictional_numbers_only_in_demo_and_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_mailbox("pat@example.com")[0] and read_number("702-555-0142")[0]
    monkeypatch.setenv("HOTLEADS_ENV", "development")
    monkeypatch.setenv("HOTLEADS_DEMO", "false")
    settings.cache_clear()
    try:
        assert [reason.code for reason in read_mailbox("pat@example.com")[1]] == ["email_reserved"]
        assert [reason.code for reason in read_number("702-555-0142")[1]] == ["phone_fake"]
    finally:
        monkeypatch.undo()
        settings.cache_clear()


@pytest.mark.parametrize(
    ("text", "phone", "codes"),
    [
        ("(702) 234-5679", "+17022345679", []),
        ("7022345679.0", "+17022345679", []),
        ("+44 20 7946 0958", "+442079460958", ["phone_foreign"]),
        ("702 222 2222", None, ["phone_fake"]),
        ("123", None, ["phone_invalid"]),
        ("702-234-5679 ext. 123", "+17022345679", []),
        ("Cell: 702-234-5679 (after six)", "+17022345679", []),
        ("702-234-5679 or 702 234 5601", "+17022345679", ["phone_several"]),
        ("1-800-FLOWERS", "+18003569377", []),
        ("0044 20 7946 0958", "+442079460958", ["phone_foreign"]),
        ("7.022345679E9", "+17022345679", []),
        ("\u202a702\u2011234\u20115679\u202c", "+17022345679", []),
        ("unknown", None, []),
    ],
)
def test_numbers(text: str, phone: str | None, codes: list[str]) -> None:
    read, reasons = read_number(text)
    assert read == phone and [reason.code for reason in reasons] == codes


@pytest.mark.parametrize(
    ("text", "full", "last"),
    [
        ("AJ Quill", "AJ Quill", "Quill"),
        ("JO QUILL", "Jo Quill", "Quill"),
        ("Bo\u200bb Larch", "Bob Larch", "Larch"),
        ("Bob\0Larch", "Bob Larch", "Larch"),
        ("Maria Garcia Lopez", "Maria Garcia Lopez", "Lopez"),
        ("Larch Jr., Bob", "Bob Larch Jr", "Larch"),
    ],
)
def test_names_as_their_owners_write_them(text: str, full: str, last: str) -> None:
    read = read_name(text)
    assert (read.full, read.last) == (full, last)


def test_one_useless_field_does_not_spoil_the_record() -> None:
    read = normalise(name="Pat Example", email="nonsense", phone="702 234 5679")
    assert read.status == "review" and read.email is None and read.phone
    assert normalise(email="nonsense", phone="1").status == "unusable"
    assert [reason.code for reason in normalise().reasons] == ["nothing_given"]


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60), st.text(max_size=20))
def test_nothing_raises_and_every_reason_has_words(name: str, street: str, email: str, zip: str) -> None:
    read = normalise(name=name, street=street, email=email, phone=zip, zip=zip)
    assert all(reason.code in REASONS and reason.words.endswith(".") for reason in read.reasons)
