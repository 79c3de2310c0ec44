"""What every JSON route answers, in one home: types for the OpenAPI document, against which tests hold each answer.

A route made by ``rest.route`` without an entry here fails ``tests/intake_api/rest/test_answers.py``.
"""

from functools import lru_cache
from typing import Any

from intake_api.answers.shapes import typed


@lru_cache(maxsize=1)
def answers() -> dict[str, Any]:
    """The type of each endpoint's answer; imported here, since it needs every chapter."""
    from intake_api.answers import admin, partner, provider, public

    tables = (public.ANSWERS, partner.ANSWERS, provider.ANSWERS, admin.ANSWERS)
    return {endpoint: typed(shape, _name(endpoint)) for table in tables for endpoint, shape in table.items()}


def _name(endpoint: str) -> str:
    return "".join(part.title() for part in endpoint.replace(".", "_").split("_")) + "Answer"
