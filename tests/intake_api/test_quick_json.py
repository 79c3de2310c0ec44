"""Answers written by orjson say what the standard library would say."""

import json
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from intake_api.quick_json import to_bytes

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES.filter(lambda value: "\\ud" not in json.dumps(value)))
def test_what_is_written_reads_as_it_was_also_numbers_beyond_64_bits(value: object) -> None:
    assert json.loads(to_bytes(value)) == value


def test_the_same_content_in_another_order_is_the_same_bytes() -> None:
    assert to_bytes({"b": 1, "a": [2**70]}) == to_bytes({"a": [2**70], "b": 1})
    assert to_bytes({"b": "ü", "a": 1}) == '{"a":1,"b":"ü"}'.encode()


def test_what_no_encoding_takes_is_escaped_and_what_is_no_json_is_told_as_by_pydantic() -> None:
    assert json.loads(to_bytes({"name": "half \ud800", "n": 2**70})) == {"name": "half \ud800", "n": 2**70}
    one = UUID(int=1)
    assert json.loads(to_bytes({"n": 2**70, "id": one, "share": Decimal("1.50")})) == {
        "n": 2**70,
        "id": str(one),
        "share": "1.50",
    }
    assert json.loads(to_bytes({one: Decimal("1.50")})) == {str(one): "1.50"}
