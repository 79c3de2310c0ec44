"""The service, asked for real over loopback, behaving and misbehaving (SPEC 8.5)."""

import json

import pytest

from core.sourcing.enrichment import asking
from tests.peers.language_model import GOOD, LanguageModel

QUESTION = '{"niche": "Home seller", "text": ["Selling our house."]}'


def test_the_answer_comes_typed_with_its_tokens(language_model: LanguageModel) -> None:
    found = asking.ask(QUESTION)
    assert found.why is None and found.answer is not None and found.answer.model_dump() == GOOD
    assert (found.input_tokens, found.output_tokens) == (700, 120)
    sent = language_model.asked[0]
    assert sent["temperature"] == 0 and sent["model"] == "stand-in" and language_model.keys == ["Bearer sk-test"]
    assert sent["response_format"]["json_schema"]["schema"]["additionalProperties"] is False
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]
    assert sent["messages"][1]["content"] == QUESTION


@pytest.mark.parametrize(
    ("way", "why", "charged"),
    [
        ("busy", "busy", False),
        ("down", "unreachable", False),
        ("refusing", "refused", False),
        ("cut", "unreachable", True),
        ("chatting", "nonsense", True),
        ("empty", "nonsense", True),
        ("garbled", "nonsense", True),
        ("declining", "nonsense", True),
        ("huge", "too_long", True),
    ],
)
def test_whatever_it_does_is_an_answer(language_model: LanguageModel, way: str, why: str, charged: bool) -> None:
    language_model.way = way
    found = asking.ask(QUESTION)
    assert (found.answer, found.why, found.charged) == (None, why, charged)
    assert len(language_model.asked) == 1, "one question, one try"


@pytest.mark.parametrize("way", ["slow", "dripping"])
def test_patience_ends(language_model: LanguageModel, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLEADS_ENRICHMENT_PATIENCE_S", "0.3")
    asking.settings.cache_clear()
    language_model.way = way
    found = asking.ask(QUESTION)
    language_model.hold.set()
    assert (found.answer, found.why, found.charged) == (None, "slow", True)


def test_an_endpoint_of_one_s_own_wants_no_key(language_model: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "")
    asking.settings.cache_clear()
    assert asking.is_set_up() and asking.ask(QUESTION).why is None
    monkeypatch.setenv("OPENAI_BASE_URL", "")
    asking.settings.cache_clear()
    assert not asking.is_set_up(), "OpenAI's own wants one"


def test_nobody_there(language_model: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    asking.settings.cache_clear()
    found = asking.ask(QUESTION)
    assert (found.answer, found.why, found.charged) == (None, "unreachable", False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"intent": "steal"},
        {"urgency": None},
        {"budget_dollars": -5},
        {"budget_dollars": "a lot"},
        {"summary": "x" * 301},
        {"property": GOOD["property"] | {"bedrooms": 2000}},
        {"property": GOOD["property"] | {"owner": "Pat"}},
        {"phone": "+17025550142"},
        {"email": "pat@example.com"},
        {"status": "approved"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_an_answer_of_another_shape_is_nonsense(language_model: LanguageModel, wrong: dict[str, object]) -> None:
    language_model.answer = lambda _asked: GOOD | wrong
    assert asking.ask(QUESTION).why == "nonsense"


def test_the_most_a_question_can_cost_is_more_than_it_has_characters() -> None:
    assert asking.most_input_tokens(QUESTION) > len(QUESTION.encode()) + len(json.dumps(GOOD))
