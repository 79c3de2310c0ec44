"""The site is built whole, without a warning and without another host."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

from tests.axe import DESK, PHONE, barriers

ROOT = Path(__file__).parent.parent.parent
# What a browser fetches by itself: scripts, styles, pictures, frames. Links that people follow are not among them.
FETCHED = re.compile(
    r"<(?:script|img|iframe|source)[^>]*?\ssrc=[\"']?([^\"' >]+)|<link[^>]*?rel=[\"']?(?:stylesheet|preconnect|icon)[^>]*?>"
)
Scheme = Literal["light", "dark"]
ADDRESS = re.compile(r"https?://[^\"' >)]+")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site; a proxy that nobody answers stands where the network would be."""
    made = tmp_path_factory.mktemp("site")
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(made)],
        cwd=ROOT, env=os.environ | nowhere | {"NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return made


def test_every_document_is_a_page_that_can_be_found(site: Path) -> None:
    docs = ROOT / "docs"
    wanted = {path.relative_to(docs).with_suffix(".html") for path in docs.rglob("*.md")}
    wanted = {path.with_name("index.html") if path.name == "README.html" else path for path in wanted}
    assert {path for path in wanted if not (site / path).is_file()} == set()
    start = (site / "index.html").read_text()
    assert {
        title for title in ("Tutorials", "How-tos", "Reference", "Explanations", "Runbooks", "Decisions") if title not in start
    } == set()


def test_a_browser_that_reads_it_asks_nobody_else(site: Path) -> None:
    asked = set[str]()
    for page in site.rglob("*.html"):
        for found in FETCHED.finditer(page.read_text()):
            asked |= set(ADDRESS.findall(found[0]))
    for style in site.rglob("*.css"):
        asked |= set(re.findall(r"(?:url\(|@import\s+)[\"']?(https?://[^\"')]+)", style.read_text()))
    assert asked == set()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_pages_are_open_to_everybody(chromium: Browser, site: Path, scheme: Scheme) -> None:
    """One of each kind: the start, a tutorial, a reference with wide tables, a runbook (WCAG 2.2 AA)."""
    context, found = chromium.new_context(color_scheme=scheme), list[str]()
    page = context.new_page()
    for name in ("index.html", "tutorials/first-lead.html", "reference/settings.html", "runbooks/queue-deep.html"):
        page.goto((site / name).as_uri())
        for size in (DESK, PHONE):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            found += [f"{scheme}, {size['width']} px: {each}" for each in barriers(page)]
    context.close()
    assert not found, "\n".join(found)
