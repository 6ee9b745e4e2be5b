"""Pictures of every page of the reading room: python -m tests.page_pictures FOLDER [PAGE …].

On a desk and on a phone, light and dark, whole pages, as Chromium draws them. They are for people to look at.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.rooms import NOW, SCHEMES, SIZES, browsing, opened, rooms
from tests.serving import served


def main(folder: Path, wanted: list[str]) -> None:
    """Take the pictures of all pages, or of those that are named."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {name: path for name, path in rooms().pages.items() if not wanted or name in wanted}
    with browsing() as browser, served(rooms().home, now=lambda: NOW) as site:
        for size in SIZES:
            for scheme in SCHEMES:
                with opened(browser, site.base, size, color_scheme=scheme, reduced_motion="reduce") as page:
                    for name, path in pages.items():
                        page.goto(site.base + path, wait_until="networkidle")
                        page.screenshot(path=folder / f"{name}-{size}-{scheme}.png", full_page=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python -m tests.page_pictures FOLDER [PAGE …]")
    main(Path(sys.argv[1]), sys.argv[2:])
