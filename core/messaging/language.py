"""What may stand in a template: variables, conditions, a few filters, a button, a table of facts; nothing that can
run away or reach anything else (SPEC 11.1). The sandbox of Jinja2 is the second wall behind this one."""

from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

from jinja2 import TemplateError, nodes
from jinja2.sandbox import SandboxedEnvironment

ALWAYS = frozenset({"name", "base_url"})
HELPS = frozenset({"button", "facts"})
FILTERS = frozenset({"inline", "upper", "lower", "capitalize", "title", "trim", "default", "escape", "e"})
LONGEST = 20_000
REFUSED_TAGS = frozenset({"script", "style", "iframe", "object", "embed", "form", "input", "link", "meta", "base", "svg", "img"})
# Everything a letter needs. No loops, calls on values, attributes, arithmetic or assignments: none of them could end badly
# in a text of a page, all of them could in the hands of somebody who means harm.
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.CondExpr, nodes.Const, nodes.Name, nodes.Concat,
    nodes.List, nodes.Tuple, nodes.Call, nodes.Filter, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Scope,
)  # fmt: skip
_WORDS = {
    nodes.For: "A loop",
    nodes.Getattr: "A dot after a variable",
    nodes.Getitem: "A bracket after a variable",
    nodes.Assign: "{% set %}",
    nodes.Macro: "A macro",
    nodes.Include: "{% include %}",
    nodes.Extends: "{% extends %}",
}


def problem_of(environment: SandboxedEnvironment, source: str, *, variables: Iterable[str], helps: bool) -> str | None:
    """What is wrong with a text, with its line; ``None`` when it can be used."""
    if not source.strip():
        return "Please write something here."
    if len(source) > LONGEST:
        return f"This is too long: at most {LONGEST:,} characters."
    try:
        tree = environment.parse(source)
    except TemplateError as error:
        return f"Line {getattr(error, 'lineno', 1)}: {error.message}"
    known = set(variables)
    for node in _walk(tree):
        if said := _refusal(node, known, helps=helps):
            return f"Line {node.lineno}: {said}"
    return None


def tag_problem(html: str) -> str | None:
    """A tag, attribute or link that mail programs would run or refuse."""
    finder = _TagFinder()
    finder.feed(html)
    return f"Line {finder.line}: {finder.found} is not allowed in a mail." if finder.found else None


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)


def _refusal(node: nodes.Node, known: set[str], *, helps: bool) -> str | None:
    if isinstance(node, nodes.Call):
        called = node.node.name if isinstance(node.node, nodes.Name) else None
        if called not in HELPS or not helps or node.kwargs or node.dyn_args or node.dyn_kwargs:
            where = "only button(label, link) and facts([(label, value), ...]) can be called, and only in the HTML"
            return f"A call is not possible here; {where}."
    elif isinstance(node, nodes.Filter):
        if node.name not in FILTERS:
            return f"There is no filter {node.name}. Use one of {', '.join(sorted(FILTERS))}."
    elif isinstance(node, nodes.Name):
        if node.name not in known | ALWAYS | (HELPS if helps else set()):
            return f"{node.name} is not a variable of this template. It has {_listed(known)}."
    elif not isinstance(node, _ALLOWED):
        kind = _WORDS.get(type(node), f"«{type(node).__name__.lower()}»")
        return f"{kind} is not possible in a mail; use variables, conditions and filters only."
    return None


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names | ALWAYS))


class _TagFinder(HTMLParser):
    found: str | None = None
    line = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in REFUSED_TAGS:
            self._note(f"<{tag}>")
        for key, value in attrs:
            if key.startswith("on"):
                self._note(key)
            elif key in {"href", "src", "action"} and _runs(value or ""):
                self._note("a link that runs code")

    def _note(self, what: str) -> None:
        if self.found is None:
            self.found, self.line = what, self.getpos()[0]


def _runs(link: str) -> bool:
    bare = "".join(link.split()).lower()
    return bare.startswith(("javascript:", "data:", "vbscript:"))
