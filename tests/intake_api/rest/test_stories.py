"""schemathesis' state machine as each role: what one answer names is used in the next call (SPEC 7.7).

Which answers feed which calls follows from the document: its links, and ids by the names of what they are of. A few stories of
a few steps here; ``make fuzz`` tells HOTLEADS_FUZZ of each role.
"""

from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase
from hypothesis import settings as examined
from hypothesis.errors import FlakyStrategyDefinition

from intake_api.openapi import document
from tests.intake_api.rest.test_fuzz import CHECKS, EXAMPLES, LEFT_OUT, endless, tokens

__all__ = ["endless", "tokens"]
STEPS = 8 if EXAMPLES else 4
# Not a stranger: nothing that they are told leads to a next call.
PEOPLE = ("provider", "admin", "analyst", "scientist", "partner")


@pytest.mark.parametrize("person", PEOPLE)
def test_calls_that_follow_from_each_other_are_answered_as_the_document_says(
    app: Flask, endless: None, tokens: dict[str, str | None], person: str
) -> None:
    schema = schemathesis.openapi.from_dict(_for(document(app), person))
    schema.app = app
    told: list[tuple[str, int]] = []

    class Story(schema.as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case: schemathesis.Case) -> dict[str, object]:
            return {"headers": {"Authorization": f"Bearer {tokens[person]}"}}

        def validate_response(self, response: schemathesis.Response, case: schemathesis.Case, **_: object) -> None:
            told.append((case.operation.label, response.status_code))
            case.validate_response(response, checks=CHECKS)

    _tell(Story)
    assert len(told) >= STEPS, told
    # Called as whom it says, or all of this would prove nothing.
    assert person == "partner" or any(status < 400 for _, status in told), told


def _tell(story: Any) -> None:
    """All stories. The exchange remembers the earlier ones, so the same choices may lead elsewhere the second time, which
    hypothesis takes for a fault of the stories and not of the answers: then they are told anew, three times at most."""
    told = examined(
        max_examples=EXAMPLES or 3,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    for _ in range(2):
        with suppress(FlakyStrategyDefinition):
            story.run(settings=told)
            return
    story.run(settings=told)


def _for(whole: dict[str, Any], person: str) -> dict[str, Any]:
    """The document as far as the role may call it."""
    paths = {}
    for path, operations in whole["paths"].items():
        open_to = ("partner",) if "/partners/" in path else ()
        kept = {method: said for method, said in operations.items() if person in said.get("x-roles", open_to)}
        if kept and not path.startswith(LEFT_OUT):
            paths[path] = kept
    return whole | {"paths": paths}
