"""The consent text on our own forms, by version: what is shown is exactly what is stored (SPEC 2.5)."""

from dataclasses import dataclass

from core.kit.words import inline

_REST = (
    ", with my name, e-mail address, phone number and address, to {companies} in my area that serve such requests, and that "
    "they contact me about it by phone, text message and e-mail, also with automatic dialling. My agreement is not a "
    "condition of buying anything. I can withdraw it at any time."
)
# What was opened under an older text is sent under that text.
TEXTS = {
    "2026-11": "I agree that Hotleads passes this request ({niche})" + _REST,
    "2026-12": "I agree that Hotleads passes this {inline} request" + _REST,
}
CURRENT = "2026-12"
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
    named = {"niche": niche_name, "inline": inline(niche_name), "companies": companies}
    sellers = ("Hotleads", f"{companies} in the area that serve {named['inline']} requests")
    return ConsentText(version, TEXTS[base].format(**named), sellers, CHANNELS)
