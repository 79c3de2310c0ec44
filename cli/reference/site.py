"""What MkDocs asks us while it builds the site: the pages of a folder, and links to files beside the documentation."""

import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

_LINK = re.compile(r"\[([^\]]+)\]\((?!https?:|mailto:|#|/)([^)#\s]+)(#[^)\s]*)?\)")
_FENCE = re.compile(r"(```.*?```)", re.S)
REST = "*"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """In ``nav``, put the pages of a folder in the folder's place, and pages that nobody named in that of "*"."""
    docs = Path(config.docs_dir)
    named = {page for part in config.nav or [] for value in part.values() for page in _all_of(value, docs)}
    rest = sorted(path.name for path in docs.glob("*.md") if path.name not in named)
    config.nav = [{title: _expanded(value, docs, rest) for title, value in part.items()} for part in config.nav or []]
    return config


def _all_of(value: Any, docs: Path) -> list[str]:
    found = _expanded(value, docs, [])
    return [found] if isinstance(found, str) else found


def _expanded(value: Any, docs: Path, rest: list[str]) -> Any:
    if isinstance(value, str) and not value.endswith("/"):
        return value
    pages = list[str]()
    for part in [value] if isinstance(value, str) else value:
        pages += rest if part == REST else _pages_of(docs, part) if part.endswith("/") else [part]
    return pages


def _pages_of(docs: Path, folder: str) -> list[str]:
    """README first: it is the page of the folder itself."""
    paths = sorted((docs / folder).glob("*.md"), key=lambda path: (path.name != "README.md", path.name))
    return [f"{folder}{path.name}" for path in paths]


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """A link to a file of the tree that is not part of the site becomes the file's path, to be found in a checkout."""
    docs, root = Path(config.docs_dir), Path(config.config_file_path).parent
    here = (docs / page.file.src_uri).parent

    def shown(match: re.Match[str]) -> str:
        target = (here / match[2]).resolve()
        if target.is_relative_to(docs) and not target.is_dir():
            return match[0]
        if not target.exists():
            return match[0]  # and MkDocs warns of it
        words, path = match[1].strip("`"), target.relative_to(root)
        return f"`{path}`" if words.endswith(path.name) or words == str(path) else f"{match[1]} (`{path}`)"

    parts = _FENCE.split(markdown)
    return "".join(part if part.startswith("```") else _LINK.sub(shown, part) for part in parts)
