"""The consent text on our own forms, by version: what is shown is exactly what is stored (SPEC 2.5)."""

from dataclasses import dataclass

TEXTS = {
    "2026-11": (
        "I agree that Hotleads passes this request ({niche}), with my name, e-mail address, phone number and address, to "
        "{companies} in my area that serve such requests, and that they contact me about it by phone, text message and e-mail, "
        "also with automatic dialling. My agreement is not a condition of buying anything. I can withdraw it at any time."
    ),
}
CURRENT = "2026-11"
CHANNELS = ("phone", "text", "email")


@dataclass(frozen=True, slots=True)
class ConsentText:
    """A consent text as shown: its version, words, the sellers it names and the channels it allows."""

    version: str
    text: str
    sellers: tuple[str, ...]
    channels: tuple[str, ...]


def is_ours(version: str) -> bool:
    """True for a version of our own text, whatever number of sellers it names."""
    base, _, sellers_shown = version.rpartition(".")
    return base in TEXTS and sellers_shown.isdecimal()


def consent_text(*, niche_name: str, max_providers: int, version: str | None = None) -> ConsentText | None:
    """The text for one niche, ``None`` for a version that does not exist or that named another number of sellers."""
    version = version or f"{CURRENT}.{max_providers}"
    base, _, sellers_shown = version.rpartition(".")
    if base not in TEXTS or sellers_shown != str(max_providers):
        return None
    companies = "one company" if max_providers == 1 else f"up to {max_providers} companies"
    sellers = ("Hotleads", f"{companies} in the area that serve such requests ({niche_name})")
    return ConsentText(version, TEXTS[base].format(niche=niche_name, companies=companies), sellers, CHANNELS)
