"""Ids, money, secrets, settings: the small things everything rests on."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kit import crypto
from core.kit.config import DEVELOPMENT_SECRET, InvalidSettings, settings
from core.kit.errors import Invalid
from core.kit.ids import uuid7
from core.kit.money import format_usd, parse_usd


@pytest.fixture
def fresh_settings() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_ids_grow_and_say_version_seven() -> None:
    ids = [uuid7() for _ in range(5_000)]
    assert ids == sorted(ids) and len(set(ids)) == len(ids)
    assert {i.version for i in ids} == {7} and {i.variant for i in ids} == {"specified in RFC 4122"}


@given(st.integers(min_value=0, max_value=10**12))
def test_money_reads_what_it_writes(cents: int) -> None:
    assert parse_usd(format_usd(cents)) == cents


@pytest.mark.parametrize("text", ["", "-5", "1.234", "12,34", "ten", "1e3", "$", "1.2.3", "٣"])
def test_money_refuses_what_is_not_an_amount(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_usd(text, field="price")
    assert "price" in refused.value.fields


@given(st.text())
def test_sealed_text_comes_back_and_only_for_its_purpose(text: str) -> None:
    sealed = crypto.seal(text, purpose="a")
    assert crypto.unseal(sealed, purpose="a") == text
    with pytest.raises(Invalid):
        crypto.unseal(sealed, purpose="b")


@given(st.text(), st.text())
def test_a_signature_fits_its_text_only(text: str, other: str) -> None:
    signature = crypto.sign(text, purpose="link")
    assert crypto.signature_ok(text, signature, purpose="link")
    assert crypto.signature_ok(other, signature, purpose="link") == (text == other)
    assert not crypto.signature_ok(text, signature, purpose="another")


@pytest.mark.usefixtures("fresh_settings")
def test_production_refuses_default_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLEADS_ENV", "production")
    monkeypatch.setenv("HOTLEADS_SECRET_KEY", DEVELOPMENT_SECRET)
    with pytest.raises(InvalidSettings, match="HOTLEADS_SECRET_KEY"):
        settings()


@pytest.mark.usefixtures("fresh_settings")
def test_a_wrong_setting_is_named_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLEADS_PORT", "eighty")
    with pytest.raises(InvalidSettings, match="HOTLEADS_PORT"):
        settings()


@pytest.mark.usefixtures("fresh_settings")
def test_printed_settings_hide_every_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:hunter2@db/hotleads")
    monkeypatch.setenv("HOTLEADS_SECRET_KEY", "x" * 40)
    printed = str(settings().masked())
    assert "hunter2" not in printed and "x" * 40 not in printed and "DATABASE_URL" in printed


@pytest.mark.usefixtures("fresh_settings")
@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:8080", True),
        ("http://127.0.0.1", True),
        ("https://localhost.example.com", False),
        ("https://h.example", False),
    ],
)
def test_only_loopback_counts_as_local(monkeypatch: pytest.MonkeyPatch, url: str, local: bool) -> None:
    monkeypatch.setenv("HOTLEADS_PUBLIC_URL", url)
    assert settings().is_local_address is local
