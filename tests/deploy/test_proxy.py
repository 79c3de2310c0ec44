"""The proxy sends each path to the part that answers it, and closes what is not for strangers."""

import re

from flask import Flask

from dashboard.identity import CLOSED_PREFIXES
from intake_api.app import create_app
from tests.deploy.ground import DEPLOY

CADDYFILE = (DEPLOY / "proxy" / "Caddyfile").read_text()


def paths_of(matcher: str) -> set[str]:
    found = re.search(rf"@{matcher} path (.+)", CADDYFILE)
    assert found, f"no matcher @{matcher}"
    return set(found[1].split())


def prefixes(app: Flask) -> set[str]:
    """First path segments that Flask answers."""
    return {rule.rule.split("/")[1].split("<")[0] for rule in app.url_map.iter_rules()}


def test_the_api_gets_what_flask_answers_and_nothing_else() -> None:
    wanted = prefixes(create_app()) - {"metrics"}
    expected = {path for prefix in wanted for path in (f"/{prefix}", f"/{prefix}/*")}
    found = paths_of("api")
    assert found == expected, f"deploy/proxy/Caddyfile, @api: add {sorted(expected - found)}, remove {sorted(found - expected)}"


def test_metrics_and_streamlits_inside_are_closed() -> None:
    closed = paths_of("closed")
    for prefix in ("/metrics", *CLOSED_PREFIXES):
        assert {prefix, f"{prefix}/*"} <= closed
    assert CADDYFILE.index("handle @closed") < CADDYFILE.index("handle @api") < CADDYFILE.index("reverse_proxy web")


def test_the_log_keeps_no_address_and_no_token() -> None:
    log = CADDYFILE[CADDYFILE.index("log {") :]
    for field in ("remote_ip delete", "client_ip delete", "request>headers delete", 'request>uri regexp "\\?.*" ""'):
        assert field in log


def test_braces_are_balanced() -> None:
    depth = 0
    for character in re.sub(r'"[^"]*"|#.*', "", CADDYFILE):
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0
    assert depth == 0
