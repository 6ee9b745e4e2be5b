"""What reading foreign files costs, what is saved of damaged ones, and how fast an import is.

    python benchmarks/importing.py [--records 1500]

The same file, made by warcio's writer from pages of 60 kB, is read by warcio, FastWARC and Stet in one run, each
proving what digests it can. Then it is damaged in five ways, and what each reader gives out whole is counted.
Then it is imported into a home, and once more.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fastwarc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from archive import home as homes
from archive.importing import FileReport, Importer
from archive.warc.foreign import ForeignRecord, read_file
from crawler.runtime import opened
from crawler.watching import draft
from tests.foreign import by_warcio, page

SIZE = 60_000


def pages(count: int) -> list[tuple[str, bytes]]:
    """Pages of some 60 kB that compress like news pages."""
    words = [f"{random.Random(n).randrange(10**6):x}" for n in range(4000)]
    made = []
    for number in range(count):
        chance = random.Random(number)
        text = [" ".join(chance.choices(words, k=60)) + "." for _ in range(SIZE // 400)]
        made.append((f"http://herald.example/2019/05/04/story-of-the-harbour-{number}", page("A story", *text)))
    return made


def by_ours(path: Path) -> int:
    """Whole responses, all digests checked."""
    return sum(isinstance(piece, ForeignRecord) and piece.type == "response" for piece in read_file(path))


def by_warcio_reader(path: Path) -> int:
    """Responses that warcio gives out without complaint, its digest check on."""
    found = 0
    said = io.StringIO()  # warcio prints each damaged member
    with path.open("rb") as file, contextlib.suppress(Exception), contextlib.redirect_stdout(said):
        for record in ArchiveIterator(file, check_digests=True):
            record.raw_stream.read()
            found += record.rec_type == "response" and record.digest_checker.passed is not False
    return found


def by_fastwarc(path: Path) -> int:
    """Responses that FastWARC gives out and whose block digest it finds right."""
    found = 0
    with contextlib.suppress(Exception):
        for record in FastIterator(str(path), parse_http=False):
            found += record.headers.get("WARC-Type") == "response" and record.verify_block_digest()
    return found


READERS: dict[str, Callable[[Path], int]] = {
    "warcio": by_warcio_reader,
    "fastwarc": by_fastwarc,
    "stet": by_ours,
}


def damaged(data: bytes) -> dict[str, bytes]:
    """The file, harmed."""
    middle = len(data) // 2
    return {
        "whole": data,
        "torn mid-record": data[:-9000],
        "torn trailer": data[:-3],
        "4 kB of zeros": data[:middle] + bytes(4096) + data[middle + 4096 :],
        "flipped bit": data[:middle] + bytes([data[middle] ^ 4]) + data[middle + 1 :],
        "torn, then appended": data[:middle] + data,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1500)
    count = parser.parse_args().records
    made = pages(count)
    data = by_warcio(made)
    megabytes = sum(len(body) for _, body in made) / 1e6
    print(f"{count} responses, {megabytes:.0f} MB of pages, {len(data) / 1e6:.1f} MB of WARC")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "old.warc.gz"
        path.write_bytes(data)
        print(f"{'reading':<22}{'records/s':>10}{'MB/s':>8}   (CPU, digests checked)")
        for name, reader in READERS.items():
            begun = time.process_time()
            assert reader(path) == count
            spent = time.process_time() - begun
            print(f"{name:<22}{count / spent:>10.0f}{megabytes / spent:>8.0f}")
        print(f"{'given out whole':<22}" + "".join(f"{name:>10}" for name in READERS))
        for what, harmed in damaged(data).items():
            other = Path(folder) / "harmed.warc.gz"
            other.write_bytes(harmed)
            print(f"{what:<22}" + "".join(f"{reader(other):>10}" for reader in READERS.values()))
        imported(Path(folder), path, count)


def imported(folder: Path, path: Path, count: int) -> None:
    """Into a home, once and again."""
    home, made = homes.create(folder / "home", {}), draft("herald.example")
    for what in ("import", "import once more"):
        reports: list[FileReport] = []
        begun = time.perf_counter()
        with contextlib.redirect_stderr(io.StringIO()), opened(home) as runtime:
            Importer(runtime.keeper, runtime.replayer, home.warcs, draft=lambda _: made).run([path], reports)
        spent = time.perf_counter() - begun
        [report] = reports
        print(f"{what:<22}{count / spent:>10.0f}/s   kept {report.kept}, known {report.known}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000:.0f} MB, the pages included")


if __name__ == "__main__":
    main()
