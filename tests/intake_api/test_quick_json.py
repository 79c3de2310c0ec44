"""Answers written by orjson say what the standard library would say."""

import json

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
