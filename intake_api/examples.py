"""A value that fits a JSON schema, short and readable: for the documents and for whoever pastes one."""

from typing import Any

Json = dict[str, Any]
DEEPEST = 6
FORMATS = {
    "uuid": "0192f0c1-4d2a-7c31-8a64-3f5d2b1e9a70",
    "date-time": "2026-11-04T17:30:00Z",
    "date": "2026-11-04",
    "time": "08:00:00",
    "duration": "PT5M",
}


def example(schema: Json, definitions: Json, depth: int = 0) -> Any:
    """A value that the schema takes; its own example or default where it names one."""
    schema = _followed(schema, definitions)
    for named in ("const", "default"):
        if named in schema:
            return schema[named]
    for several in ("examples", "enum"):
        if schema.get(several):
            return schema[several][0]
    for way in ("anyOf", "oneOf", "allOf"):
        if way in schema:
            return example(schema[way][0], definitions, depth)
    kind = schema.get("type")
    if kind == "object":
        return _object(schema, definitions, depth)
    if kind == "array":
        return _list(schema, definitions, depth)
    return _scalar(schema, kind)


def _followed(schema: Json, definitions: Json) -> Json:
    while "$ref" in schema:
        schema = definitions[schema["$ref"].rsplit("/", 1)[1]]
    return schema


def _object(schema: Json, definitions: Json, depth: int) -> Json:
    needed = set(schema.get("required", ()))
    parts = schema.get("properties", {})
    if not parts and schema.get("minProperties"):
        more = schema.get("additionalProperties", True)
        return {"name": example(more if isinstance(more, dict) else {"type": "string"}, definitions, depth + 1)}
    # What may be left out is left out where a value would only nest further.
    return {name: example(part, definitions, depth + 1) for name, part in parts.items() if name in needed or depth < 2}


def _list(schema: Json, definitions: Json, depth: int) -> list[Any]:
    if "prefixItems" in schema:
        return [example(part, definitions, depth + 1) for part in schema["prefixItems"]]
    if "items" not in schema or (depth >= DEEPEST and not schema.get("minItems")):
        return []
    return [example(schema["items"], definitions, depth + 1)]


def _scalar(schema: Json, kind: Any) -> Any:
    if kind in ("integer", "number"):
        return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    if kind == "string":
        return FORMATS.get(
            schema.get("format", ""), "12.50" if "pattern" in schema else "text".ljust(schema.get("minLength", 0), ".")
        )
    return {"boolean": True, "null": None}.get(str(kind))
