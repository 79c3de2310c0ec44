"""Chat completions and embeddings as OpenAI and its likes have them, with the ways in which such an endpoint fails."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GOOD: dict[str, Any] = {
    "intent": "sell",
    "urgency": "weeks",
    "budget_dollars": 410_000,
    "property": {
        "property_type": "house",
        "bedrooms": 3,
        "bathrooms": 2.5,
        "living_area_sqft": 1_850,
        "lot_sqft": None,
        "year_built": 1994,
        "roof_age_years": None,
        "stories": 1,
    },
    "summary": "Wants to sell a three-bedroom house within a month.",
}


@dataclass
class LanguageModel:
    """What the endpoint answers next, and what it was asked. ``way`` names how it fails."""

    answer: Callable[[dict[str, Any]], Any] = lambda _asked: GOOD
    way: str = "well"
    usage: dict[str, int] | None = field(
        default_factory=lambda: {"prompt_tokens": 700, "completion_tokens": 120, "total_tokens": 820}
    )
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)

    def let_go(self) -> None:
        """Whoever is kept waiting is hung up on; the next ones wait for themselves."""
        held, self.hold = self.hold, threading.Event()
        held.set()

    def texts(self) -> str:
        """Everything that was ever sent here, as one text."""
        return json.dumps(self.asked, ensure_ascii=False)


@contextmanager
def running() -> Iterator[tuple[LanguageModel, str]]:
    """The endpoint, serving; yields it and its base address."""
    model = LanguageModel()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(model))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield model, f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        model.hold.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _embedded(asked: dict[str, Any]) -> bytes:
    rows = [
        {"object": "embedding", "index": n, "embedding": [float(len(words)), *[1.0] * (asked["dimensions"] - 1)]}
        for n, words in enumerate(asked["input"])
    ]
    return json.dumps({"object": "list", "model": asked["model"], "data": rows}).encode()


def _handler(model: LanguageModel) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/v1/embeddings" and model.way == "well":
                self._send(200, _embedded(asked))
                return
            model.asked.append(asked)
            model.keys.append(self.headers.get("Authorization"))
            if self.path not in ("/v1/chat/completions", "/v1/embeddings"):
                self._send(404, b"{}")
            else:
                getattr(self, f"_{model.way}")(asked)

        def log_message(self, *_: object) -> None:
            pass

        def _well(self, asked: dict[str, Any]) -> None:
            self._send(200, self._completion(json.dumps(model.answer(asked))))

        def _slow(self, _asked: dict[str, Any]) -> None:
            model.hold.wait(30)

        def _dripping(self, _asked: dict[str, Any]) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            while not model.hold.is_set():
                try:
                    self.wfile.write(b" ")
                    self.wfile.flush()
                except OSError:
                    return
                time.sleep(0.01)

        def _busy(self, _asked: dict[str, Any]) -> None:
            self._send(429, b'{"error": {"message": "Rate limit reached", "code": "rate_limit_exceeded"}}')

        def _down(self, _asked: dict[str, Any]) -> None:
            self._send(500, b"<html>it broke</html>", kind="text/html")

        def _refusing(self, _asked: dict[str, Any]) -> None:
            self._send(401, b'{"error": {"message": "Incorrect API key"}}')

        def _cut(self, _asked: dict[str, Any]) -> None:
            self.connection.close()

        def _chatting(self, _asked: dict[str, Any]) -> None:
            self._send(200, self._completion("Sure! The person would like to sell a house."))

        def _empty(self, _asked: dict[str, Any]) -> None:
            self._send(200, b'{"choices": []}')

        def _garbled(self, _asked: dict[str, Any]) -> None:
            self._send(200, b'{"choices": [{"mess')

        def _declining(self, _asked: dict[str, Any]) -> None:
            self._send(200, self._completion(None, refusal="I can't help with that."))

        def _huge(self, _asked: dict[str, Any]) -> None:
            self._send(200, self._completion(json.dumps(GOOD | {"summary": "x" * 3_000_000})))

        def _completion(self, content: str | None, refusal: str | None = None) -> bytes:
            message = {"role": "assistant", "content": content, "refusal": refusal}
            whole = {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 1_790_000_000,
                "model": "stand-in",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            }
            return json.dumps(whole | ({"usage": model.usage} if model.usage else {})).encode()

        def _send(self, status: int, body: bytes, kind: str = "application/json") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(OSError):  # whoever asked may have gone
                self.wfile.write(body)

    return Handler
