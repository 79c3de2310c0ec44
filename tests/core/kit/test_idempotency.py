"""Answers remembered by key: the second request waits for the first and gets its answer (SPEC 2.9)."""

from datetime import datetime

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from core.kit import idempotency
from core.kit.db import transaction
from core.kit.errors import Invalid
from tests.at_once import each_at_once


def test_the_answer_comes_again_and_another_request_does_not(session: Session, now: datetime) -> None:
    assert idempotency.claim(session, scope="me", key="k", request=b"a", now=now) is None
    idempotency.remember(session, scope="me", key="k", status=201, response={"id": 1})
    assert idempotency.claim(session, scope="me", key="k", request=b"a", now=now) == idempotency.Remembered(201, {"id": 1})
    assert idempotency.claim(session, scope="you", key="k", request=b"b", now=now) is None, "keys are each caller's own"
    with pytest.raises(idempotency.KeyReused):
        idempotency.claim(session, scope="me", key="k", request=b"b", now=now)


@pytest.mark.parametrize("key", ["", "x" * 201, "a\nb", "\x00"])
def test_unusable_keys(session: Session, now: datetime, key: str) -> None:
    with pytest.raises(Invalid):
        idempotency.claim(session, scope="me", key=key, request=b"", now=now)


def test_two_at_once_act_once(database: Engine, now: datetime) -> None:
    def call(number: int) -> int:
        with transaction() as session:
            first = idempotency.claim(session, scope="me", key="k", request=b"a", now=now)
            if first is not None:
                return int(first.response["by"])
            idempotency.remember(session, scope="me", key="k", status=200, response={"by": number})
            return number

    assert len(set(each_at_once(call, range(8)))) == 1, "everybody got the one answer"
