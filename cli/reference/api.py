"""The API, from its OpenAPI document."""

from typing import Any

from cli.reference.markdown import Undocumented, code, page, sentence, table


def api_page() -> str:
    """Every route by its part of the API; raises ``Undocumented``."""
    from intake_api.app import create_app
    from intake_api.openapi import document

    groups: dict[str, list[tuple[str, str, str]]] = {}
    for path, methods in document(create_app())["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(route(path, method, operation))
    return page(
        "API",
        "All JSON routes. `/api/docs` of a running instance shows fields and answers; `/api/openapi.json` and `hotleads openapi` "
        "give the whole OpenAPI 3.1 document; [the API by example](../api/README.md) shows how programs use it.",
        "the routes in intake_api/",
        *(f"## {tag}\n\n{table(('route', 'for', 'what it does'), rows)}" for tag, rows in sorted(groups.items())),
    )


def route(path: str, method: str, operation: dict[str, Any]) -> tuple[str, str, str]:
    """One route: how it is called, who may, what it does."""
    words = operation["summary"]
    if not words or words == operation["operationId"].rsplit(".", 1)[0]:
        raise Undocumented(f"{method.upper()} {path}: its function in intake_api/ needs a docstring")
    return code(f"{method.upper()} {path}"), ", ".join(operation.get("x-roles", ())), sentence(words.replace("``", "`"))
