"""Every mail that the code asks for has a letter, and is given exactly what the letter needs (SPEC 11.1)."""

import ast
from collections.abc import Iterator
from pathlib import Path

from core import messaging

ROOT = Path(__file__).parent.parent.parent.parent


def requests() -> Iterator[tuple[str, str, set[str] | None]]:
    """Where a mail is asked for, by which literal template, with which literal variables (``None``: not literal)."""
    for folder in ("cli", "core", "demo", "intake_api", "jobs"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("request_mail") and len(node.args) > 1:
                    template = node.args[1]
                    if isinstance(template, ast.Constant):
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", template.value, given(node)


def given(call: ast.Call) -> set[str] | None:
    names: set[str] = set()
    for keyword in call.keywords:
        if keyword.arg in {"context", "sealed"} and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is None):
            if not isinstance(keyword.value, ast.Dict) or not all(isinstance(key, ast.Constant) for key in keyword.value.keys):
                return None
            names |= {key.value for key in keyword.value.keys if isinstance(key, ast.Constant)}
    return names


def test_a_requested_mail_can_be_written() -> None:
    letters = messaging.shipped()
    problems = []
    for where, template, names in requests():
        if template not in letters:
            problems.append(f"{where} asks for {template}: add core/messaging/letters/{template}.toml")
        elif names is not None and names != set(letters[template].samples):
            problems.append(f"{where}: {template} needs {sorted(letters[template].samples)}, given {sorted(names)}")
    assert not problems, "\n".join(problems)
