"""The audit finds what was planted, and nothing in what we ship."""

import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from cli.audit import audit, secrets_in
from core.kit.errors import Unavailable

ROOT = Path(__file__).parent.parent.parent
# Put together here, so that this file itself holds none.
PLANTED = {
    "private key": "-----BEGIN RSA " + "PRIVATE KEY-----\n" + "MIIEowIBAAKCAQEA" * 4,
    "AWS key": "AKIA" + "ABCDEFGHIJKLMNOP",
    "Stripe live key": "sk_live_" + "51H8xYzAbCdEfGhIj",
    "GitHub token": "ghp_" + "a1B2" * 9,
    "Slack webhook": "https://hooks.slack.com/services/" + "T01234567/B01234567/abcdefghijklmnopqrstuvwx",
    "OpenAI key": "sk-proj-" + "a1B2" * 12,
    "SendGrid key": "SG." + "a1B2" * 6 + "." + "c3D4" * 11,
    "password in an address": "postgresql://app:" + "hunter2hunter2hunter2x" + "@db.example/app",
    "assigned secret": "SESSION_SECRET = '" + "a1B2c3D4" * 6 + "'",
}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_secret_is_named_with_its_line(kind: str) -> None:
    assert (2, kind) in list(secrets_in(f"first line\n{PLANTED[kind]}\n"))


def test_what_we_ship_carries_no_secret_and_locks_what_it_uses() -> None:
    assert [check for check in audit(ROOT) if not check.ok] == []


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository whose secret was taken out again, with one package locked."""
    lock = """version = 1
[[package]]
name = "flask"
version = "0.1"
source = { registry = "https://pypi.org/simple" }
sdist = { url = "https://files.pythonhosted.org/f.tar.gz", hash = "sha256:00" }
[[package]]
name = "stray"
version = "1.0"
source = { git = "https://example.com/stray" }
"""
    (tmp_path / "uv.lock").write_text(lock)
    for words in (PLANTED["AWS key"], "nothing"):
        (tmp_path / "settings.py").write_text(words)
        for command in (
            ["init", "-q"],
            ["add", "."],
            ["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "x"],
        ):
            subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    return tmp_path


def test_what_was_taken_out_is_still_in_the_history(project: Path) -> None:
    now, ever = audit(project)[0], audit(project, history=True)[0]
    assert now.ok and not ever.ok and "AWS key" in ever.detail


def test_a_package_from_elsewhere_is_named(project: Path) -> None:
    lock, installed = audit(project)[1:3]
    assert not lock.ok and "stray" in lock.detail and not installed.ok


def test_advisories_are_matched_without_a_network(project: Path, tmp_path: Path) -> None:
    def advisory(key: str, name: str, version: str, **more: str) -> str:
        affected = [{"package": {"ecosystem": "PyPI", "name": name}, "versions": [version]}]
        return json.dumps({"id": key, "affected": affected} | more)

    export = tmp_path / "all.zip"
    with zipfile.ZipFile(export, "w") as packed:
        packed.writestr("1.json", advisory("PYSEC-1", "Flask", "0.1"))
        packed.writestr("2.json", advisory("PYSEC-2", "flask", "0.2"))
        packed.writestr("3.json", advisory("PYSEC-3", "flask", "0.1", withdrawn="2026-01-01"))
    check = audit(project, advisories=export)[3]
    assert not check.ok and check.detail == "Update these: flask 0.1: PYSEC-1"
    assert "NOT LOOKED UP" in audit(project)[3].detail
    with pytest.raises(Unavailable, match="neither a directory nor a zip"):
        audit(project, advisories=project / "uv.lock")


def test_outside_a_repository_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no git repository"):
        audit(tmp_path / "nowhere")
