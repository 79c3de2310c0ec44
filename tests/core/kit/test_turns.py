"""Threads take shorter turns for a while."""

import sys

import pytest

from core.kit.turns import SHORT_S, short_turns


def test_turns_are_short_inside_and_as_before_afterwards() -> None:
    before = sys.getswitchinterval()
    with pytest.raises(KeyError), short_turns():
        assert sys.getswitchinterval() == pytest.approx(min(SHORT_S, before))
        raise KeyError
    assert sys.getswitchinterval() == pytest.approx(before)
