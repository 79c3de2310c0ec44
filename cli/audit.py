"""``hotleads audit``: what a release must not carry, looked for without any network.

Secrets: every tracked file, and with ``--history`` every line that was ever added. Dependencies: each locked package comes from
the registry with a hash, what is installed is what is locked, and none is named by an advisory of an OSV export that you
downloaded (https://osv.dev, the PyPI ecosystem). Without such an export that last check says it was not made.
"""

import json
import re
import subprocess
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from core.kit.checks import Check
from core.kit.errors import Unavailable

REGISTRY = "https://pypi.org/simple"
OSV = "https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip"
SECRETS = {
    "private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s*\S{40}"),
    "AWS key": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    "Stripe live key": re.compile(r"\b[rs]k_live_[A-Za-z0-9]{16,}"),
    "GitHub token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,})"),
    "Slack webhook": re.compile(r"hooks\.slack\.com/services/T[A-Z0-9]{8,}/B[A-Z0-9]{8,}/[A-Za-z0-9]{20,}"),
    "OpenAI key": re.compile(r"\bsk-(?:proj-)?[A-Za-z0-9_-]{40,}"),
    "SendGrid key": re.compile(r"\bSG\.[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{40,}"),
    "password in an address": re.compile(r"\b(?:postgres(?:ql)?|redis|amqp|smtps?)://[^\s:/@\"'{}$<]+:(?![*x]+@)[A-Za-z0-9_-]{20,}@"),
    "assigned secret": re.compile(r"(?i)\b\w*(?:secret|token|passw(?:or)?d|api_?key)\w*\s*[:=]\s*[\"'](?=[^\"']*\d)(?=[^\"']*[A-Za-z])[A-Za-z0-9+/_-]{40,}={0,2}[\"']"),  # noqa: E501
}  # fmt: skip
LARGEST = 2_000_000


def audit(root: Path, *, history: bool = False, advisories: Path | None = None) -> list[Check]:
    """Every check with what was found; raises ``Unavailable`` when the tree can't be read."""
    return [_secrets(root, history), _locked(root), _installed(root), _known_holes(root, advisories)]


def secrets_in(text: str) -> Iterator[tuple[int, str]]:
    """Line and kind of whatever looks like a secret."""
    for kind, pattern in SECRETS.items():
        for found in pattern.finditer(text):
            yield text.count("\n", 0, found.start()) + 1, kind


def _secrets(root: Path, history: bool) -> Check:
    found, looked = [], 0
    for name, text in _texts(root, history):
        looked += 1
        found += [f"{name}:{line} {kind}" for line, kind in secrets_in(text)]
    if found:
        return Check("secrets", False, f"Take these out and make new ones, they are known now: {'; '.join(found[:20])}")
    return Check("secrets", True, f"none in {looked} {'commits' if history else 'files'}")


def _texts(root: Path, history: bool) -> Iterable[tuple[str, str]]:
    if history:
        added = _git(root, "log", "-p", "--unified=0", "--no-color", "--format=%x00%h")
        return [(part[:7], part) for part in added.split("\0") if part.strip()]
    names = [name for name in _git(root, "ls-files", "-z").split("\0") if name]
    paths = [(name, root / name) for name in names if (root / name).is_file() and (root / name).stat().st_size < LARGEST]
    return [(name, path.read_text(errors="ignore")) for name, path in paths]


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, errors="ignore")
    if done.returncode:
        raise Unavailable("audit.git", f"This is no git repository: {root}. Run the audit in a clone.")
    return done.stdout


def _packages(root: Path) -> list[dict[str, Any]]:
    packages: list[dict[str, Any]] = tomllib.loads((root / "uv.lock").read_text())["package"]
    return [package for package in packages if "editable" not in package["source"] and "virtual" not in package["source"]]


def _locked(root: Path) -> Check:
    packages = _packages(root)
    foreign = [p["name"] for p in packages if p["source"].get("registry") != REGISTRY]
    bare = [p["name"] for p in packages if not all(f.get("hash", "").startswith("sha256:") for f in _files(p))]
    if foreign or bare:
        return Check("lock", False, f"not from {REGISTRY}: {foreign}; without a hash: {bare}. Lock them again with uv.")
    return Check("lock", True, f"{len(packages)} packages, each from the registry and with its hash")


def _files(package: dict[str, Any]) -> list[dict[str, Any]]:
    return [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]


def _installed(root: Path) -> Check:
    locked: dict[str, set[str]] = {}
    for package in _packages(root):
        locked.setdefault(package["name"], set()).add(package["version"])
    here = {_plain(each.metadata["Name"]): each.version for each in metadata.distributions()}
    strange = [f"{name} {version}" for name, version in sorted(here.items()) if version not in locked.get(name, {version})]
    unknown = sorted(set(here) - set(locked) - {"hotleads", "pip", "setuptools", "wheel", "uv"})
    if strange or unknown:
        return Check("installed", False, f"not as locked: {[*strange, *unknown]}. Run `uv sync`.")
    return Check("installed", True, f"{len(here)} packages, as they are locked")


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _known_holes(root: Path, advisories: Path | None) -> Check:
    if advisories is None:
        return Check("advisories", True, f"NOT LOOKED UP: download {OSV} and pass it by --advisories")
    locked = {(p["name"], p["version"]) for p in _packages(root)}
    found = sorted({f"{name} {version}: {key}" for key, name, version in _affected(advisories) if (name, version) in locked})
    if found:
        return Check("advisories", False, f"Update these: {'; '.join(found)}")
    return Check("advisories", True, f"none of {len(locked)} versions is named")


def _affected(advisories: Path) -> Iterator[tuple[str, str, str]]:
    """Advisory, package and each version it names; OSV lists the versions of PyPI one by one."""
    for document in _documents(advisories):
        if "withdrawn" in document:
            continue
        for one in document.get("affected", []):
            if one.get("package", {}).get("ecosystem") == "PyPI":
                name = _plain(one["package"]["name"])
                yield from ((document["id"], name, version) for version in one.get("versions", []))


def _documents(advisories: Path) -> Iterator[dict[str, Any]]:
    if advisories.is_dir():
        yield from (json.loads(path.read_text()) for path in sorted(advisories.glob("**/*.json")))
    elif zipfile.is_zipfile(advisories):
        with zipfile.ZipFile(advisories) as packed:
            yield from (json.loads(packed.read(name)) for name in packed.namelist() if name.endswith(".json"))
    else:
        raise Unavailable("audit.advisories", f"{advisories} is neither a directory nor a zip file of OSV advisories.")
