"""The command line, from the commands themselves."""

from typing import Any

from typer.main import get_command

from cli.reference.markdown import Undocumented, code, page, sentence, table

LEAST_WORDS = 3


def commands_page() -> str:
    """Every command with its examples, arguments and options; raises ``Undocumented``."""
    from cli.main import app

    commands = flat(get_command(app))
    return page(
        "Commands",
        "Everything `hotleads` can do. `hotleads COMMAND --help` says the same in a terminal. What people can mend is one "
        "sentence on stderr and exit code 1; Ctrl-C is 130, a wrong option 2. With `--json` programs get what people would read.",
        "cli/main.py",
        *(section(name, commands[name]) for name in sorted(commands)),
    )


def flat(group: Any, before: str = "") -> dict[str, Any]:
    """Every command by what is typed for it, such as ``lists upload``."""
    found = dict[str, Any]()
    for name, command in group.commands.items():
        typed = f"{before} {name}".strip()
        found |= flat(command, typed) if hasattr(command, "commands") else {typed: command}
    return found


def section(name: str, command: Any) -> str:
    """One command: what it does, how it is called, what can be said to it."""
    said = (command.help or "").strip()
    if len(said.split()) < LEAST_WORDS:
        raise Undocumented(f"hotleads {name}: its function in cli/ needs a docstring")
    rows = [row(name, param) for param in command.params if param.name != "help"]
    if not examples(command):
        raise Undocumented(f"hotleads {name}: add an example to cli/examples.py")
    parts = [f"## hotleads {name}", sentence(said), examples(command)]
    if rows:
        parts.append(table(("argument or option", "default", "what it means"), rows))
    return "\n\n".join(part for part in parts if part)


def examples(command: Any) -> str:
    """The lines under "Examples" in the command's help, as they are typed."""
    lines = [line.strip() for line in (command.epilog or "").splitlines() if line.strip().startswith("hotleads ")]
    return "\n".join(f"    {line}" for line in lines)


def row(command: str, param: Any) -> tuple[str, str, str]:
    """A parameter, its default and its words."""
    words, option = getattr(param, "help", None) or "", param.param_type_name == "option"
    if not words:
        raise Undocumented(f"hotleads {command} {param.opts[0]}: give it help=")
    name = max(param.opts, key=len) if option else (param.metavar or param.name or "").upper()
    shown = param.default if isinstance(param.default, str | int) and param.default not in ("", False, True) else ""
    return code(name), code(shown), words
