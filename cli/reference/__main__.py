"""Write every page anew."""

from cli.reference import PAGES
from cli.reference.markdown import ROOT

FOLDER = ROOT / "docs" / "reference"


def main() -> None:
    """Write what the code says now; pages that say so already are left alone."""
    for name, page in PAGES.items():
        path, text = FOLDER / name, page()
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(f"docs/reference/{name} is written anew.")


if __name__ == "__main__":
    main()
