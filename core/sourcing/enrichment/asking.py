"""Ask the service through LangChain: one question, one structured answer, one try (SPEC 8.5).

Any OpenAI-compatible endpoint does. Whatever goes wrong is a ``Failed`` with a reason; the rules answer instead.
"""

import json
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from core.kit.config import settings
from core.kit.logs import logger
from core.sourcing.enrichment import prompt
from core.sourcing.enrichment.answer import Enriched

MOST_OUTPUT_TOKENS = 500
# What the protocol adds to our own words, in tokens.
OVERHEAD_TOKENS = 200

Why = Literal["slow", "unreachable", "busy", "refused", "nonsense", "too_long"]


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one question. Without an ``answer``, ``why`` says what went wrong. Tokens are ``None`` when not told."""

    answer: Enriched | None
    why: Why | None
    latency_ms: int
    input_tokens: int | None = None
    output_tokens: int | None = None
    charged: bool = True  # whether the service may charge for it


def is_set_up() -> bool:
    """Whether a service may be asked at all: there is a model, and a key or an endpoint of one's own, which may want none."""
    given = settings()
    return bool(given.enrichment_model and (given.openai_api_key.get_secret_value() or given.openai_base_url))


def most_input_tokens(question: str) -> int:
    """More tokens than the question can have: none is shorter than a byte."""
    return len((prompt.SYSTEM + question + _schema()).encode()) + OVERHEAD_TOKENS


def ask(question: str) -> Answered:
    """Put the question; returns within ``HOTLEADS_ENRICHMENT_PATIENCE_S`` and never raises for what the service does."""
    import openai
    from langsmith import tracing_context

    chain = _structured(_Asked.of_settings())
    began = time.monotonic()
    try:
        # A variable of the environment could have LangChain copy every question to a service of its own.
        with tracing_context(enabled=False):
            raw = chain.invoke([("system", prompt.SYSTEM), ("human", question)])
    except openai.APITimeoutError:
        return _failed("slow", began)
    except openai.APIConnectionError as error:
        causes = _causes(error)
        return _failed("too_long" if "AnswerTooLong" in causes else "unreachable", began, charged="ConnectError" not in causes)
    except openai.RateLimitError:
        return _failed("busy", began, charged=False)
    except openai.APIStatusError as error:
        return _failed("unreachable" if error.status_code >= 500 else "refused", began, charged=False)
    except Exception as error:  # LangChain raises whatever an answer that is no answer makes it stumble over
        logger().warning("enrichment.nonsense", error=type(error).__name__)
        return _failed("nonsense", began)
    return _read(raw, began)


def _read(raw: dict[str, Any], began: float) -> Answered:
    parsed, usage = raw.get("parsed"), getattr(raw.get("raw"), "usage_metadata", None) or {}
    answer = parsed if isinstance(parsed, Enriched) else None
    read, written = (_count(usage.get(part)) for part in ("input_tokens", "output_tokens"))
    return Answered(answer, None if answer else "nonsense", _since(began), read, written)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def _failed(why: Why, began: float, *, charged: bool = True) -> Answered:
    return Answered(None, why, _since(began), charged=charged)


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _causes(error: BaseException | None) -> set[str]:
    """The names of an error and of all that led to it."""
    names = set()
    while error is not None:
        names.add(type(error).__name__)
        error = error.__cause__ or error.__context__
    return names


@dataclass(frozen=True, slots=True)
class _Asked:
    base_url: str
    key: str
    model: str
    patience_s: float

    @classmethod
    def of_settings(cls) -> "_Asked":
        given = settings()
        key = given.openai_api_key.get_secret_value() or "none"  # its client insists on one
        return cls(given.openai_base_url or "https://api.openai.com/v1", key, given.enrichment_model, given.enrichment_patience_s)


@lru_cache(maxsize=4)
def _structured(asked: _Asked) -> Any:
    """The chain for these settings. Imported on first use: it takes seconds, and most processes never ask."""
    import httpx
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    from core.sourcing.enrichment.transport import BoundedTransport

    transport = BoundedTransport(httpx.HTTPTransport(), seconds=asked.patience_s)
    model = ChatOpenAI(
        model=asked.model,
        base_url=asked.base_url,
        api_key=SecretStr(asked.key),
        temperature=0,
        max_completion_tokens=MOST_OUTPUT_TOKENS,
        max_retries=0,
        timeout=asked.patience_s,
        http_client=httpx.Client(transport=transport, timeout=asked.patience_s, trust_env=False),
    )
    return model.with_structured_output(Enriched, method="json_schema", include_raw=True)


@lru_cache(maxsize=1)
def _schema() -> str:
    return json.dumps(Enriched.model_json_schema())
