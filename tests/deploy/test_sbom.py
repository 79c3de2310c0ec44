"""The bill of materials names what is installed, with its checksums, and no tool of development."""

import json
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import yaml

from cli import sbom

ROOT = Path(__file__).parent.parent.parent


def test_the_bill_of_materials_is_whole() -> None:
    done = subprocess.run([sys.executable, "-m", "cli.sbom"], cwd=ROOT, capture_output=True, text=True, check=True)
    bill = json.loads(done.stdout)
    parts = {part["purl"].rsplit("@", 1)[0]: part for part in bill["components"]}
    assert (bill["bomFormat"], bill["specVersion"], bill["metadata"]["component"]["version"]) == (
        "CycloneDX",
        "1.5",
        version("hotleads"),
    )
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {line.split(";")[0].split(">")[0].split("<")[0].split("=")[0].split("[")[0].strip() for line in declared}
    assert {name for name in names if f"pkg:pypi/{name.lower()}" not in parts} == set()
    assert parts["pkg:pypi/sqlalchemy"]["version"] == version("sqlalchemy") and "pkg:npm/leaflet" in parts
    assert not {"pkg:pypi/pytest", "pkg:pypi/ruff", "pkg:pypi/mypy"} & set(parts), "tools are not part of the product"
    assert all(len(part["hashes"][0]["content"]) in (64, 128) for part in parts.values())
    known = {part["bom-ref"] for part in bill["components"]} | {"hotleads"}
    assert {ref for entry in bill["dependencies"] for ref in (entry["ref"], *entry["dependsOn"])} <= known


def test_the_same_locks_give_the_same_bill() -> None:
    lock = {"package": [{"name": "hotleads", "version": "1", "dependencies": [{"name": "a"}]}, {"name": "a", "version": "2"}]}
    npm = {"packages": {"": {}, "node_modules/b": {"version": "3"}}}
    assert sbom.sbom(lock, npm) == sbom.sbom(lock, npm)
    assert [part["purl"] for part in sbom.sbom(lock, npm)["components"]] == ["pkg:pypi/a@2", "pkg:npm/b@3"]


def test_hooks_and_container_run_what_is_there() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    programs = [hook["entry"].split()[0] for hook in hooks]
    assert all((ROOT / program).exists() for program in programs if program.startswith(".venv/")) and len(programs) == 4
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    script, what = container["postCreateCommand"].split()
    assert (ROOT / script).exists() and f"bootstrap.sh {what} " in (ROOT / script).read_text()
