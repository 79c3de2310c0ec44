"""What the document says of answers is what the code answers: every route has a shape, every example fits it."""

import json

from flask import Flask
from jsonschema import Draft202012Validator

from intake_api.answers import answers, public
from intake_api.openapi import document


def test_every_route_says_what_it_answers(app: Flask) -> None:
    served = {rule.endpoint for rule in app.url_map.iter_rules() if hasattr(app.view_functions[rule.endpoint], "contract")}
    assert served - set(answers()) == set(), "add the route to intake_api/answers"
    assert set(answers()) | set(public.FILES) | set(public.BODIES) <= set(app.view_functions), "a route that is gone"


def test_every_example_fits_its_schema(app: Flask) -> None:
    made = json.loads(json.dumps(document(app)))
    shown = 0
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            places = [operation.get("requestBody", {}), *operation["responses"].values()]
            for content in (place.get("content", {}).get("application/json", {}) for place in places):
                if "example" in content:
                    schema = content["schema"] | {"components": made["components"]}
                    problems = [problem.message for problem in Draft202012Validator(schema).iter_errors(content["example"])]
                    assert not problems, (method, path, problems[:3])
                    shown += 1
    assert shown > 250
