"""Words that people type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kit import words
from core.kit.errors import Invalid


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ann  ", "Ann"),
        ("a\x00b", "ab"),
        ("a\ud800b", "ab"),
        ("e\u0301", "é"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("evil\u202egnp", "evilgnp"),
        ("tab\tstays", "tab\tstays"),
        ("👩‍🔧", "👩‍🔧"),
    ],
)
def test_tidy(typed: str, kept: str) -> None:
    assert words.tidy(typed) == kept


@given(st.text())
def test_tidy_text_can_always_be_encoded_and_has_no_nul(typed: str) -> None:
    kept = words.tidy(typed)
    assert "\x00" not in kept.encode("utf-8").decode()
    assert words.tidy(kept) == kept


def test_one_line_joins_lines_and_counts_what_is_left() -> None:
    assert words.one_line(" Las \n Vegas ", field="name", least=1, most=9) == "Las Vegas"
    for bad in ("", "x" * 10, "\x00"):
        with pytest.raises(Invalid) as refused:
            words.one_line(bad, field="name", least=1, most=9)
        assert "name" in refused.value.fields


@pytest.mark.parametrize(
    ("text", "slug"),
    [("Dallas/Ft. Worth", "dallas-ft-worth"), ("Zoë’s Roofing", "zoes-roofing"), ("—", ""), ("a" * 99, "a" * 60)],
)
def test_slug(text: str, slug: str) -> None:
    assert words.slug(text) == slug


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("call (702) 555-0123 or +1 702.555.0123 now", "call[phone] or [phone] now"),
        ("tel-702-555-0123, 7025550123", "tel[phone],[phone]"),
        ("refused for Pat.O+x@mail.example.com:", "refused for [email]:"),
        ("lead 01a20213-8ed2-7185-9154-501234567890", "lead 01a20213-8ed2-7185-9154-501234567890"),
        ("request 12345678901234567890abcdef123456", "request 12345678901234567890abcdef123456"),
    ],
)
def test_contact_data_is_taken_out_and_ids_stay(said: str, kept: str) -> None:
    assert words.without_contact(said) == kept
