"""Turn a template and its variables into a letter: sandboxed, nothing undefined, one layout (SPEC 11.1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from jinja2.runtime import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape

from core.kit.config import settings
from core.kit.errors import Invalid
from core.kit.words import inline
from core.messaging.language import problem_of, tag_problem
from core.messaging.transport import one_line

PARTS = {"subject": "Subject", "html": "HTML", "text": "Plain text"}
WHY = {
    "lead": "You get this mail because this address was entered in a request on Hotleads.",
    "provider": "You get this mail because your company receives leads through Hotleads.",
    "user": "You get this mail because you have an account on Hotleads.",
    "admin": "You get this mail because you administer Hotleads.",
}
ENOUGH = "No more mail of this kind"
LONGEST_SUBJECT = 500


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
        "display:inline-block;background:#B93A18;color:#FFFFFF;font-size:19px;font-weight:700;"
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


def check_parts(parts: Parts, *, variables: Iterable[str], samples: dict[str, Any]) -> None:
    """Raise ``TemplateInvalid`` unless every part parses, uses declared variables only and renders; it names part and line."""
    environment, known = _environments()[1], set(variables)
    given = {"subject": parts.subject, "html": parts.html, "text": parts.text}
    problems: dict[str, str] = {}
    for field, source in given.items():
        problem = problem_of(environment, source, variables=known, helps=field == "html")
        if problem or (field == "html" and (problem := tag_problem(source))):
            problems[field] = problem
    if not problems:
        problems = _trial(parts, samples)
    if problems:
        said = " ".join(f"{PARTS[field]}: {problem}" for field, problem in problems.items())
        raise TemplateInvalid("template.invalid", f"The template can't be used as it is. {said}", fields=problems)


def render(
    parts: Parts,
    context: dict[str, Any],
    *,
    variables: Iterable[str],
    audience: str = "user",
    name: str = "",
    unsubscribe: str = "",
) -> Rendered:
    """The letter for one reader; raises ``TemplateInvalid`` when a declared variable has no value.

    ``unsubscribe`` is the address by which the reader ends mail of this kind, empty where that is not possible.
    """
    missing = sorted(set(variables) - set(context))
    if missing:
        raise TemplateInvalid("template.variables", f"The mail can't be written: no value for {', '.join(missing)}.")
    why = WHY.get(audience, WHY["user"])
    subject, body, text = _filled(parts, {"name": one_line(name), "base_url": settings().base_url} | context)
    html = _layout().render(subject=subject, body=body, why=why, unsubscribe=unsubscribe)
    foot = f"{why}\n{ENOUGH}: {unsubscribe}" if unsubscribe else why
    return Rendered(subject=subject[:LONGEST_SUBJECT], html=html, text=f"{text}\n\n-- \n{foot}\n")


def _filled(parts: Parts, known: dict[str, Any]) -> tuple[str, Markup, str]:
    """Subject, body and text with their values."""
    plain, rich = _environments()
    try:
        subject = one_line(plain.from_string(parts.subject).render(known))
        body = Markup(rich.from_string(parts.html).render(known))
        text = plain.from_string(parts.text).render(known).strip()
    except (TemplateError, ArithmeticError, TypeError, ValueError) as error:
        raise TemplateInvalid("template.failed", f"The mail can't be written: {error}.") from error
    return subject, body, text


def _trial(parts: Parts, samples: dict[str, Any]) -> dict[str, str]:
    """What is wrong once the values are in: also a tag that the template puts together from pieces."""
    try:
        _, body, _ = _filled(parts, {"name": "Sam Sample", "base_url": settings().base_url} | samples)
    except TemplateInvalid as error:
        return {"html": error.message}
    problem = tag_problem(body)
    return {"html": problem} if problem else {}


def _safe_url(url: object) -> Markup:
    if not isinstance(url, str) or not url.startswith(("https://", "http://", "mailto:", "tel:")):
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
