"""What the product is made of, as CycloneDX 1.5, from the two lock files: ``python -m cli.sbom`` (``make sbom``)."""

import base64
import json
import sys
import tomllib
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

ROOT = Path(__file__).resolve().parent.parent
Json = dict[str, Any]


def sbom(lock: Json, npm: Json) -> Json:
    """The bill of materials: every package that the product needs when it runs, with versions and checksums; no tools."""
    packages = {package["name"]: package for package in lock["package"]}
    needed = _reached(packages, "hotleads")
    python = [_python(packages[name]) for name in sorted(needed - {"hotleads"})]
    browser = [_npm(path, entry) for path, entry in sorted(npm["packages"].items()) if path]
    product = {"type": "application", "name": "hotleads", "version": packages["hotleads"]["version"], "bom-ref": "hotleads"}
    parts = json.dumps([*python, *browser], sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, parts)}",  # the same parts, the same number
        "version": 1,
        "metadata": {"component": product},
        "components": [*python, *browser],
        "dependencies": [
            {"ref": _ref(packages[name]), "dependsOn": sorted(_ref(packages[part]) for part in _needs(packages[name]) & needed)}
            for name in sorted(needed)
        ],
    }


def _reached(packages: dict[str, Json], name: str) -> set[str]:
    found, open_ = {name}, [name]
    while open_:
        new = _needs(packages[open_.pop()]) - found
        found |= new
        open_ += new
    return found


def _needs(package: Json) -> set[str]:
    """Names it depends on, its optional parts included, development tools not."""
    groups = [package.get("dependencies", []), *package.get("optional-dependencies", {}).values()]
    return {entry["name"] for group in groups for entry in group}


def _ref(package: Json) -> str:
    return "hotleads" if package["name"] == "hotleads" else f"pkg:pypi/{package['name']}@{package['version']}"


def _python(package: Json) -> Json:
    files = [package["sdist"]] if "sdist" in package else package.get("wheels", [])
    hashes = [{"alg": "SHA-256", "content": file["hash"].removeprefix("sha256:")} for file in files[:1] if "hash" in file]
    return {
        "type": "library",
        "name": package["name"],
        "version": package["version"],
        "purl": _ref(package),
        "bom-ref": _ref(package),
        **({"hashes": hashes} if hashes else {}),
    }


def _npm(path: str, entry: Json) -> Json:
    name = path.removeprefix("node_modules/")
    purl = f"pkg:npm/{name.replace('@', '%40', 1)}@{entry['version']}"
    part: Json = {"type": "library", "name": name, "version": entry["version"], "purl": purl, "bom-ref": purl}
    algorithm, _, digest = entry.get("integrity", "").partition("-")
    if algorithm == "sha512":
        part["hashes"] = [{"alg": "SHA-512", "content": base64.b64decode(digest).hex()}]
    return part


def main() -> None:
    """Print it."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    npm = json.loads((ROOT / "dashboard" / "package-lock.json").read_text())
    json.dump(sbom(lock, npm), sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
