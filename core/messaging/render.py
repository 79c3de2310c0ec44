"""Turn a template and its variables into a letter: sandboxed, nothing undefined, one layout (SPEC 11.1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from jinja2 import TemplateError, meta
from jinja2.runtime import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape

from core.kit.config import settings
from core.kit.errors import Invalid

ALWAYS = frozenset({"name", "base_url"})
HELPS = frozenset({"button", "facts"})
REFUSED_TAGS = frozenset({"script", "style", "iframe", "object", "embed", "form", "input", "link", "meta", "base", "svg", "img"})
WHY = {
    "lead": "You get this mail because this address was entered in a request on Hotleads.",
    "provider": "You get this mail because your company receives leads through Hotleads.",
    "user": "You get this mail because you have an account on Hotleads.",
    "admin": "You get this mail because you administer Hotleads.",
}


class TemplateInvalid(Invalid):
    """A template or its variables can't be used; ``fields`` names the part."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The three texts a person edits."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter ready to be put in an envelope."""

    subject: str
    html: str
    text: str


def button(label: str, url: str) -> Markup:
    """A link that looks like a button in every mail program."""
    style = (
        "display:inline-block;background:#E4572E;color:#FFFFFF;font-size:19px;font-weight:700;"
        "text-decoration:none;padding:12px 24px;border-radius:6px;"
    )
    return Markup('<p style="margin:24px 0;"><a href="{}" style="{}">{}</a></p>').format(_safe_url(url), Markup(style), label)


def facts(rows: Iterable[tuple[str, str]]) -> Markup:
    """A small table of labels and values."""
    line = Markup(
        '<tr><td style="padding:4px 16px 4px 0;color:#5B6472;">{}</td><td style="padding:4px 0;font-weight:700;">{}</td></tr>'
    )
    lines = Markup("").join(line.format(label, value) for label, value in rows)
    return Markup('<table role="presentation" cellpadding="0" cellspacing="0" style="margin:16px 0;">{}</table>').format(lines)


def inline(name: str) -> str:
    """A name as it stands inside a sentence: ``Home seller`` becomes ``home seller``, ``HVAC`` stays."""
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def check_parts(parts: Parts, *, variables: Iterable[str], samples: dict[str, Any]) -> None:
    """Raise ``TemplateInvalid`` unless every part parses, uses declared variables only and renders."""
    allowed = set(variables) | ALWAYS
    problems: dict[str, str] = {}
    for field, source in (("subject", parts.subject), ("html", parts.html), ("text", parts.text)):
        problem = _problem(source, allowed=allowed | (HELPS if field == "html" else set()))
        if problem or not source.strip():
            problems[field] = problem or "Please write something here."
    if "html" not in problems and (tag := _refused_tag(parts.html)):
        problems["html"] = f"{tag} is not allowed in a mail."
    if not problems:
        problems = _trial(parts, samples)
    if problems:
        raise TemplateInvalid("template.invalid", "The template can't be saved: " + "; ".join(problems.values()), fields=problems)


def render(
    parts: Parts, context: dict[str, Any], *, variables: Iterable[str], audience: str = "user", name: str = ""
) -> Rendered:
    """The letter for one reader; raises ``TemplateInvalid`` when a declared variable has no value."""
    missing = sorted(set(variables) - set(context))
    if missing:
        raise TemplateInvalid("template.variables", f"The mail can't be written: no value for {', '.join(missing)}.")
    known = {"name": name, "base_url": settings().base_url} | context
    plain, rich = _environments()
    why = WHY.get(audience, WHY["user"])
    try:
        subject = " ".join(plain.from_string(parts.subject).render(known).split())
        body = Markup(rich.from_string(parts.html).render(known))
        text = plain.from_string(parts.text).render(known).strip()
    except (TemplateError, ArithmeticError, TypeError, ValueError) as error:
        raise TemplateInvalid("template.failed", f"The mail can't be written: {error}.") from error
    html = _layout().render(subject=subject, body=body, why=why)
    return Rendered(subject=subject[:500], html=html, text=f"{text}\n\n-- \n{why}\n")


def _problem(source: str, *, allowed: set[str] | frozenset[str]) -> str | None:
    environment = _environments()[1]
    try:
        unknown = sorted(meta.find_undeclared_variables(environment.parse(source)) - allowed)
        environment.compile(source)
    except TemplateError as error:
        return f"{error.message} (line {getattr(error, 'lineno', 1)})"
    if unknown:
        return f"{', '.join(unknown)} is not a variable of this template."
    return None


def _trial(parts: Parts, samples: dict[str, Any]) -> dict[str, str]:
    try:
        render(parts, samples, variables=samples, name="Sam Sample")
    except TemplateInvalid as error:
        return {"html": error.message}
    return {}


def _refused_tag(html: str) -> str | None:
    finder = _TagFinder()
    finder.feed(html)
    return finder.found


class _TagFinder(HTMLParser):
    found: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in REFUSED_TAGS:
            self.found = self.found or f"<{tag}>"
        for key, value in attrs:
            if key.startswith("on"):
                self.found = self.found or key
            elif key in {"href", "src", "action"} and (value or "").strip().lower().startswith(("javascript:", "data:")):
                self.found = self.found or "a link that runs code"


def _safe_url(url: str) -> Markup:
    if not url.startswith(("https://", "http://", "mailto:", "tel:")):
        raise TemplateInvalid("template.link", "A link in a mail must start with https:// or http://.")
    return escape(url)


@lru_cache(maxsize=1)
def _environments() -> tuple[SandboxedEnvironment, SandboxedEnvironment]:
    """The one for subjects and plain text, and the one for HTML, which escapes."""
    plain = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False, trim_blocks=True)
    rich = SandboxedEnvironment(undefined=StrictUndefined, autoescape=True, trim_blocks=True)
    rich.globals |= {"button": button, "facts": facts}
    plain.filters["inline"] = rich.filters["inline"] = inline
    return plain, rich


@lru_cache(maxsize=1)
def _layout() -> Any:
    return _environments()[1].from_string((Path(__file__).parent / "layout.html").read_text())
