"""The map without Leaflet, without tiles, and with tiles by setting: what the policy lets through (SPEC 9.1)."""

import asyncio
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from core.kit.config import Settings
from dashboard.components import drawing
from dashboard.headers import SecurityHeaders, tile_host
from tests.dashboard.conftest import Open, sound, words
from tests.dashboard.test_marketplace import _nothing_held, listed  # noqa: F401
from tests.dashboard.world import World


@pytest.mark.parametrize(
    ("tiles", "host"),
    [
        ("", ""),
        ("https://tiles.example.com/{z}/{x}/{y}.png", " https://tiles.example.com"),
        ("https://{s}.tiles.example.com/{z}/{x}/{y}.png?key=1", " https://*.tiles.example.com"),
        ("http://127.0.0.1:8070/{z}/{x}/{y}.png", " http://127.0.0.1:8070"),
    ],
)
def test_the_policy_names_the_host_of_tiles_and_no_other(tiles: str, host: str) -> None:
    assert Settings(HOTLEADS_MAP_TILES=tiles).map_tiles == tiles  # type: ignore[call-arg]
    assert tile_host(tiles) == host


@pytest.mark.parametrize(
    "tiles", ["javascript:alert(1)/{z}", "https://tiles.example.com/all.png", "https://a.example; script-src */{z}", "tiles/{z}"]
)
def test_what_is_no_address_of_tiles_is_refused_at_the_start(tiles: str) -> None:
    with pytest.raises(ValidationError, match="HOTLEADS_MAP_TILES"):
        Settings(HOTLEADS_MAP_TILES=tiles)  # type: ignore[call-arg]


async def _nothing(scope: object, receive: object, send: object) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": b""})  # type: ignore[operator]


@pytest.mark.parametrize("path", ["/marketplace", "/component/x/index.html"])
def test_without_tiles_pictures_come_from_us_alone(path: str) -> None:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=SecurityHeaders(_nothing))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(path)

    policy = asyncio.run(ask()).headers["content-security-policy"]
    assert "img-src 'self' data: blob:;" in policy


def test_without_leaflet_the_plain_map_stands_beside_the_list(
    open_page: Open, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(drawing, "VENDOR", tmp_path)
    lead = listed(world)
    page = open_page("provider", "marketplace")
    sound(page)
    assert page.button(key=f"hold-{lead}") and "each at its blurred place" in words(page)
    assert page.get("deck_gl_json_chart")
