"""``docs/rules.md`` and the code know each other: what is cited is a rule, and each rule is cited where it is kept."""

import re
from collections import defaultdict
from functools import lru_cache

from tests.docs.written import ROOT, name_of

RULE = re.compile(r"^(\d+\.\d+) ", re.M)
CITED = re.compile(r"SPEC ((?:\d+\.\d+(?:, | and | to )?)+)")
FOLDERS = ("cli", "core", "dashboard", "demo", "deploy", "intake_api", "jobs", "ml", "notebooks", "tests")
ENDINGS = {".py", ".sql", ".html", ".sh", ".ipynb"}


@lru_cache
def rules() -> frozenset[str]:
    return frozenset(RULE.findall((ROOT / "docs" / "rules.md").read_text()))


@lru_cache
def citations() -> dict[str, set[str]]:
    """Rule: the files that cite it."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in (path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in ENDINGS):
        if "node_modules" not in path.parts:
            for numbers in CITED.findall(path.read_text()):
                for number in re.findall(r"\d+\.\d+", numbers):
                    found[number].add(name_of(path))
    return found


def test_what_is_cited_is_a_rule() -> None:
    strange = {number: sorted(files) for number, files in citations().items() if number not in rules()}
    assert not strange, f"not in docs/rules.md: {strange}"


def test_each_rule_is_cited_by_what_keeps_it() -> None:
    kept = {number for number, files in citations().items() if any(not name.startswith("tests/") for name in files)}
    assert not rules() - kept, "no code says that it keeps these rules"
