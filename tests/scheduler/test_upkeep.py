"""What is kept is looked after while more comes: books, proofs, backups; what goes wrong is told once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from archive import fixity, restoring
from archive.db import files, tables
from archive.db.engine import open_database
from archive.home import find
from archive.warc.files import NoRoom
from archive.warc.heads import read_heads
from archive.warc.ledger import HEADS
from scheduler import backups, upkeep
from scheduler.daemon import Daemon
from scheduler.jobs import JOBS, Job, Notes
from tests.homes import START, Place, Ticking
from tests.newsroom import Newsroom
from tests.played import kept

DAY = timedelta(days=1)


class Told:
    """What the daemon told, each key once, as alerts do; `words` has every word."""

    def __init__(self) -> None:
        self.words: list[tuple[str, str]] = []

    def __call__(self, key: str, text: str) -> None:
        self.words.append((key, text))

    @property
    def once(self) -> list[str]:
        return list(dict(reversed(self.words)).values())[::-1]


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def clock():
    return Ticking(START + timedelta(hours=3))


@pytest.fixture
def root(tmp_path):
    return shutil.copytree(kept().home, tmp_path / "home")


@pytest.fixture
def home(root):
    return find(root, {})


@pytest.fixture
def database(home):
    database = open_database(home.database_url)
    yield database
    database.close()


def with_settings(root: Path, **daemon) -> object:
    given = {f"STET_DAEMON_{key}".upper(): str(value) for key, value in daemon.items()}
    return find(root, given)


# Books.


def later(path: Path, than: Path, seconds: float = 1) -> None:
    """As if `path` had been written to after `than`."""
    moment = than.stat().st_mtime + seconds
    os.utime(path, (moment, moment))


def test_books_are_due_an_hour_after_the_last_head_where_something_came_since(home, database, clock):
    head, warc = home.log / HEADS, max(home.spool.glob("*.warc.gz"))
    later(head, warc)
    assert not upkeep.books_due(home, database, clock() + DAY)
    later(warc, head)
    signed = read_heads(head)[-1].head.time
    assert not upkeep.books_due(home, database, signed + timedelta(minutes=59))
    assert upkeep.books_due(home, database, signed + timedelta(minutes=60))


def test_a_file_that_was_closed_is_sealed_at_once(home, database, clock, told):
    seal = max(home.spool.glob("*.warc.gz.sha256"))
    said = seal.read_text()
    seal.unlink()
    assert upkeep.books_due(home, database, clock())
    assert upkeep.keep_books(home, database, now=clock, tell=told) == []
    assert seal.read_text() == said
    assert not upkeep.books_due(home, database, clock())
    assert told.words == []


def test_a_log_that_does_not_fit_is_told_once_after_a_day(home, database, clock, told):
    (home.log / "spans.jsonl").write_text("")
    last = read_heads(home.log / HEADS)[-1].head.time
    clock.moment = last + timedelta(hours=2)
    assert len(upkeep.keep_books(home, database, now=clock, tell=told)) == 1
    assert told.words == []  # it may be somebody's restore that is under way
    for _ in range(3):
        clock.advance(hours=12)
        upkeep.keep_books(home, database, now=clock, tell=told)
    assert len(told.words) == 2
    [text] = told.once
    assert text.startswith("for more than a day no head was signed: the log over what is kept is not up to date")


def test_the_same_trouble_is_logged_once(caplog):
    notes = Notes()
    for troubles in (["a"], ["a"], ["a", "b"], [], ["a"]):
        notes.warn("books", troubles)
    assert [one.message for one in caplog.records if one.levelname == "WARNING"] == ["a", "b", "a"]


# Proving.


def test_what_is_kept_comes_round_in_time_and_over_restarts(home, clock, told):
    with open_database(home.database_url).read() as connection:
        assert files.proving(connection, 1).last is None
    for _ in range(40):
        clock.advance(days=1)
        database = open_database(home.database_url)  # as after a restart
        while upkeep.proof_due(home, database, clock()):
            upkeep.prove_some(home, database, now=clock, tell=told)
        with database.read() as connection:
            oldest = files.proving(connection, 1).oldest
        database.close()
        assert clock() - oldest <= 30 * DAY
    assert told.words == []
    with open_database(home.database_url).read() as connection:
        assert files.proven(connection, START).files_never == 0


def test_nothing_is_proven_where_the_settings_say_never(root, database, clock):
    assert upkeep.proof_due(with_settings(root), database, clock() + 99 * DAY)
    assert not upkeep.proof_due(with_settings(root, scrub_every="0"), database, clock() + 99 * DAY)


def damage(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_damage_is_told_once_and_other_damage_again(home, database, clock, told):
    path = max(home.spool.glob("*.warc.gz"), key=lambda each: each.stat().st_size)
    damage(path, 700)
    for _ in range(3):
        clock.advance(days=30)
        upkeep.prove_some(home, database, now=clock, tell=told)
    assert len(told.words) == 3
    [text] = told.once
    assert text.startswith(f"damage: {path.name}")
    assert text.endswith(f"; run: stet verify --file {path.name}")
    damage(path, path.stat().st_size - 200)
    clock.advance(days=30)
    upkeep.prove_some(home, database, now=clock, tell=told)
    assert len(told.once) == 2


def test_proving_ends_when_it_is_told_to_and_goes_on_with_the_same_file(home, database, clock, told):
    with database.read() as connection:
        first = files.longest_unproven(connection, 1)
    asked = iter([False, False, True])
    with pytest.raises(fixity.Stopped):
        upkeep.prove_some(home, database, now=clock, tell=told, stop=lambda: next(asked, True))
    with database.read() as connection:
        assert files.longest_unproven(connection, 1) == first
    assert told.words == []


# Backups.


@pytest.fixture
def saved(tmp_path):
    folder = tmp_path / "saved"
    folder.mkdir()
    return folder


def zips(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.zip"))


def test_the_first_backup_is_made_at_once_then_one_a_night_and_some_stay(root, saved, clock, told):
    home = with_settings(root, backups=saved, keep_backups=3)
    made = []
    for _ in range(6 * 8):
        upkeep.back_up(home, now=clock(), tell=told)
        made += [name for name in zips(saved) if name not in made]
        clock.advance(hours=3)
    assert [name[5:15] for name in made] == ["2026030211", *(f"202603{day:02}05" for day in (3, 4, 5, 6, 7, 8))]
    assert zips(saved) == made[-3:]
    assert [each.path.name for each in backups.held(saved, home)] == made[:-4:-1]
    assert told.words == []


def test_what_is_not_surely_a_backup_of_this_home_stays(root, saved, tmp_path, clock, told):
    home = with_settings(root, backups=saved, keep_backups=1)
    other = shutil.copytree(root, tmp_path / "other")
    upkeep.back_up(with_settings(other, backups=saved), now=clock(), tell=told)
    [of_another_home] = zips(saved)
    (saved / "stet-20260101000000.zip").write_bytes(b"PK no archive")
    with zipfile.ZipFile(saved / "stet-20260101000001.zip", "w") as archive:
        archive.writestr("manifest.json", '{"format": 1, "home": "elsewhere"}')
    shutil.copy(saved / of_another_home, saved / "holiday.zip")
    clock.advance(seconds=5)
    for _ in range(3):
        assert upkeep.back_up(home, now=clock(), tell=told)
        clock.advance(days=1)
    ours = backups.held(saved, home)
    assert len(ours) == 1
    spared = {"holiday.zip", of_another_home, "stet-20260101000000.zip", "stet-20260101000001.zip"}
    assert set(zips(saved)) == {*spared, ours[0].path.name}
    (saved / "link.zip").symlink_to(ours[0].path)
    renamed = ours[0].path.rename(saved / "stet-mine.zip")  # somebody put it by
    clock.advance(days=1)
    upkeep.back_up(home, now=clock(), tell=told)
    assert renamed.exists()


def test_a_backup_is_whole_although_the_database_is_written_to(root, saved, tmp_path, clock, told):
    home = with_settings(root, backups=saved)
    done, wrote = threading.Event(), []

    def write() -> None:
        database = open_database(home.database_url)
        while not done.is_set():
            with database.write() as connection:
                connection.exec_driver_sql("UPDATE articles SET title = title || '.'")
            wrote.append(1)
        database.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while not wrote:
            pass
        assert upkeep.back_up(home, now=clock(), tell=told)
    finally:
        done.set()
        writer.join()
    with restoring.Backup(restoring.newest(saved)) as opened:
        again = restoring.restore(opened, tmp_path / "again", {})
    database = open_database(again.database_url)
    assert list(fixity.prove(again, database, fixity.Wanted(), now=clock)) == []
    with database.read() as connection:
        titles = connection.exec_driver_sql("SELECT title FROM articles").scalars().all()
    assert len({len(title) - len(title.rstrip(".")) for title in titles}) == 1  # of one moment
    database.close()


def test_a_failed_backup_is_told_once_until_one_goes_well(root, tmp_path, clock, told):
    folder = tmp_path / "disk"
    home = with_settings(root, backups=folder)
    for _ in range(3):
        assert not upkeep.back_up(home, now=clock(), tell=told)
        clock.advance(hours=1)
    assert len(told.once) == 1
    assert told.once[0].startswith(f"no backup was made: {folder}: there is no such folder; make it first")
    folder.mkdir()
    assert upkeep.back_up(home, now=clock(), tell=told)
    full = find(root, {"STET_DAEMON_BACKUPS": str(folder), "STET_ARCHIVE_RESERVE": str(1 << 60)})
    for _ in range(2):
        clock.advance(days=1)
        assert not upkeep.back_up(full, now=clock(), tell=told)
    assert len(told.once) == 2
    assert "free some space there" in told.once[1]
    assert len(zips(folder)) == 1


def test_in_the_home_itself_no_backup_is_made(root, clock, told):
    (root / "saved").mkdir()
    assert not upkeep.back_up(with_settings(root, backups="saved"), now=clock(), tell=told)
    assert "lies in the home that it is to save" in told.once[0]


@pytest.mark.parametrize("after", [0, 1, 4, 7])
def test_a_backup_that_is_broken_off_leaves_nothing_and_is_no_trouble(root, saved, clock, told, after):
    home = with_settings(root, backups=saved)
    asked = iter([False] * after)
    assert upkeep.back_up(home, now=clock(), tell=told, stop=lambda: next(asked, True))
    assert [path for path in saved.rglob("*") if path.is_file() and path.parent.name != "warcs"] == []
    assert not list(saved.rglob("*.part"))
    assert told.words == []


SMALL = """
import resource, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from archive.errors import EnvironmentFailed
from archive.home import find
from scheduler import backups
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
try:
    backups.save(find(sys.argv[1], {}), Path(sys.argv[2]), now=datetime.now(UTC))
except EnvironmentFailed as error:
    sys.exit(f"refused: {error}")
"""


@pytest.mark.parametrize("most", [3_000, 30_000, 200_000])
def test_a_disk_that_takes_no_more_has_no_half_a_file(root, saved, most):
    """Half of a WARC file beside the backups would be of use to nobody, and fill the disk for ever."""
    done = subprocess.run(
        [sys.executable, "-c", SMALL, root, saved, str(most)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("refused: ")
    assert done.stderr.count("\n") == 1
    assert not list(saved.rglob("*.part"))
    assert zips(saved) == []


def test_no_room_is_known_before_anything_is_written(root, saved, clock):
    home = find(root, {"STET_DAEMON_BACKUPS": str(saved), "STET_ARCHIVE_RESERVE": str(1 << 60)})
    with pytest.raises(NoRoom, match="a backup takes up to"):
        backups.save(home, saved, now=clock())
    assert list(saved.iterdir()) == []


# All of it, in the daemon.


OFTEN = tuple(Job(job.name, min(job.every, timedelta(seconds=0.2)), job.run) for job in JOBS)


async def lived(made: Place, what, *, jobs=OFTEN):
    """What `what` gives, once that is something, while the daemon of the home lives."""
    daemon = Daemon(made.home, jobs=jobs)
    task = asyncio.create_task(daemon.run())
    try:
        async with asyncio.timeout(60):
            while not (found := what()):
                assert not task.done(), "it ended by itself"
                await asyncio.sleep(0.05)
    finally:
        daemon.stop()
        await asyncio.wait_for(task, 60)
    return found


def newspaper(room: Newsroom, made: Place) -> None:
    made.clock.moment = datetime.now(UTC)
    herald = room.outlet("herald.example")
    herald.publish("Harbour sold", ["The harbour was sold on Monday.", "Nobody objected to it."])
    made.watch(herald)


def test_the_daemon_keeps_books_and_backups_while_it_watches(tmp_path):
    """The head stands for what is in a file that is still written to; what is left at the end is whole."""
    saved = tmp_path / "saved"
    saved.mkdir()
    with Newsroom() as room:
        made = Place(tmp_path / "home", room, archive=f'[daemon]\nbackups = "{saved}"\nserve = false')
        newspaper(room, made)
        heads = made.root / "log" / HEADS

        def early() -> int:
            written = heads.exists() and zips(saved) and made.articles() and list(made.home.spool.glob("*.open"))
            return read_heads(heads)[-1].head.size if written else 0

        size = asyncio.run(lived(made, early))
    with contextlib.closing(made.database()) as database:
        now = lambda: datetime.now(UTC)  # noqa: E731
        assert list(fixity.prove(made.home, database, fixity.Wanted(), now=now)) == []
    assert 0 < size < read_heads(heads)[-1].head.size
    assert len(backups.held(saved, made.home)) == 1


DESK = """
[daemon]
serve = false
[alerts.channels.desk]
kind = "webhook"
url = "https://desk.example/"
secret = "env:DESK_KEY"
[alerts.rules.machine]
channels = ["desk"]
kinds = ["watch"]
"""


def test_damage_that_the_daemon_finds_is_one_alert(tmp_path):
    with Newsroom() as room:
        made = Place(tmp_path / "home", room, archive=DESK)
        newspaper(room, made)
        made.look(seconds=1)
        [path] = made.home.spool.glob("*.warc.gz")
        damage(path, 700)

        def forgotten() -> None:
            with made.writing() as connection:
                old = datetime.now(UTC) - 40 * DAY
                connection.execute(tables.warcs.update().values(proven=old))

        def alerts() -> list[str]:
            with made.reading() as connection:
                return [row["text"] for row in connection.execute(select(tables.alerts.c.document)).scalars()]

        def proven() -> int:
            with made.reading() as connection:
                return files.proven(connection, datetime.now(UTC) - DAY).files_lately

        for _ in range(2):
            forgotten()
            jobs = [job for job in OFTEN if job.name in ("books", "prove")]
            asyncio.run(lived(made, lambda: proven() and alerts(), jobs=jobs))
    [text] = alerts()
    assert text.startswith(f"damage: {path.name} at byte")
