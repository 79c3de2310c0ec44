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
DEEPEST = 30  # what is nested deeper breaks the compiler that templates go through
TOO_DEEP = "Too many conditions, brackets or filters within each other. Make it simpler."
REFUSED_TAGS = frozenset({"script", "style", "iframe", "object", "embed", "form", "input", "link", "meta", "base", "svg", "img"})
LINKS = frozenset({"href", "src", "action", "formaction", "xlink:href", "background", "poster"})
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
    if "\x00" in source:
        return "It holds a character that can't be stored. Write it anew instead of pasting it."
    try:
        tree = environment.parse(source)
    except TemplateError as error:
        return f"Line {getattr(error, 'lineno', 1)}: {error.message}"
    except RecursionError:
        return TOO_DEEP
    except ValueError:  # a figure of thousands of digits
        return "A number in it is too long."
    known = set(variables)
    for node, depth in _walk(tree):
        if depth > DEEPEST:
            return f"Line {node.lineno}: {TOO_DEEP}"
        if said := _refusal(node, known, helps=helps):
            return f"Line {node.lineno}: {said}"
    return None


def tag_problem(html: str) -> str | None:
    """A tag, attribute or link that mail programs would run or refuse."""
    finder = _TagFinder()
    finder.feed(html)
    return f"Line {finder.line}: {finder.found} is not allowed in a mail." if finder.found else None


def _walk(root: nodes.Node) -> Iterator[tuple[nodes.Node, int]]:
    """Every node with how deep it lies, in the order of the text; without recursion, which depth would break."""
    waiting = [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        waiting.extend((child, depth + 1) for child in reversed(list(node.iter_child_nodes())))


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
            elif key in LINKS and _runs(value or ""):
                self._note("a link that runs code")

    def _note(self, what: str) -> None:
        if self.found is None:
            self.found, self.line = what, self.getpos()[0]


def _runs(link: str) -> bool:
    bare = "".join(link.split()).lower()
    return bare.startswith(("javascript:", "data:", "vbscript:"))
