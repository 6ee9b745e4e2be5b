"""The `stet` command: the operators' commands, with the archivists' mounted beside them.

Heavy imports stand inside the commands: `stet --help` must not wait for Scrapy.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from archive import home as homes
from archive.cli import COMMANDS
from archive.domain.rights import LOCAL
from archive.domain.times import ago
from archive.errors import EnvironmentFailed, Misuse, StetError
from archive.layout import Column
from archive.options import OUTLET, Example, ExampleGroup, opened, reading, with_home, with_json
from archive.output import emit, json_line, mute, paint, say, tell
from scheduler import logs
from scheduler.alert_cli import alerts_group
from scheduler.backup_cli import backup, restore
from scheduler.channel_cli import channel
from scheduler.given import urls_of
from scheduler.hands import hands
from scheduler.import_cli import COMMANDS as IMPORT_COMMANDS
from scheduler.outlet_cli import outlet as outlet_group
from scheduler.reextract_cli import reextract
from scheduler.reindex_cli import reindex
from scheduler.rule_cli import rule as rule_group
from scheduler.run_cli import reload
from scheduler.run_cli import run as run_daemon
from scheduler.tag_cli import tag
from scheduler.why_cli import why_command


@click.group(
    cls=ExampleGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    example="""
    stet demo
    stet init watch
    stet outlet add https://www.example.org/ --home watch
    stet crawl --home watch""",
)
@click.version_option(package_name="stet", prog_name="stet")
def stet() -> None:
    """Watch news articles at their outlets, keep every capture as WARC, flag edits and takedowns.

    Begin with 'stet demo', or with 'stet init DIR' and 'stet outlet add https://…'.
    """


@stet.command(cls=Example, example="stet init ~/watch")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".", metavar="[DIR]")
def init(folder: Path) -> None:
    """Make a home in DIR (default: here): settings, database, a folder for WARC files."""
    from archive.db.engine import open_database

    made = homes.create(folder)
    open_database(made.database_url).close()
    say(f"made a home at {made.root}")
    say("next: set [crawl] contact in its stet.toml, then run: stet outlet add https://…")


@stet.command(
    cls=Example,
    example="""
    stet add https://www.example.org/news/story.html
    stet add --file urls.txt
    grep -o 'https://[^ ]*' notes.txt | stet add -""",
)
@click.argument("urls", nargs=-1, metavar="URL…")
@click.option(
    "--file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read URLs from this file, one a line.",
)
@with_json
@with_home
def add(home: str | None, as_json: bool, urls: Sequence[str], file: Path | None) -> None:
    """Watch single articles; '-' reads URLs from standard input, one a line."""
    wanted = urls_of(urls, file, command="stet add")
    rows: list[dict[str, object]] = []
    with opened(home) as (_, database), database.write() as connection:
        from archive.acts.articles import watch
        from crawler.watching import watch as way

        now = datetime.now(UTC)
        for url in wanted:
            try:
                article, new = watch(connection, LOCAL, url, way=way, now=now)
            except Misuse as error:
                say(f"stet: {error}")
                continue
            rows.append({"url": article.url, "outlet": article.outlet, "new": new})
    columns = [Column("new", "New"), Column("outlet", "Outlet"), Column("url", "URL", below=True)]
    emit(rows, columns, as_json=as_json, empty="nothing is watched that was not before")
    if refused := len(wanted) - len(rows):
        others = "; the others are watched" if rows else ""
        raise Misuse(f"stet add: {refused} of {len(wanted)} URLs cannot be watched, see above{others}")


@stet.command(
    cls=Example,
    example="""
    stet crawl
    stet crawl --outlet guardian
    stet crawl --url https://www.example.org/news/story.html""",
)
@click.option("--outlet", type=OUTLET, metavar="NAME", help="Only this outlet.")
@click.option("--url", help="Only this article.")
@click.option("--force", is_flag=True, help="Also what is not due yet.")
@with_json
@with_home
def crawl(home: str | None, as_json: bool, outlet: str | None, url: str | None, force: bool) -> None:
    """One pass over what is due: read seeds, visit articles, say what was found."""
    if outlet is not None and url is not None:
        raise Misuse("stet crawl: --outlet and --url exclude each other; leave one out")
    found = homes.find(home)
    found.require_database()
    # Imported when the home is known to be one: these take half a second.
    from archive.visits import Finding
    from scheduler.crawling import Pass, run_pass
    from scheduler.progress import Progress, finding_line
    from scheduler.stopping import gently

    wanted = Pass(outlet=outlet, url=url, force=force)
    with found.lock("stet crawl"), gently(found), Progress() as progress:

        def told(finding: Finding) -> None:
            if as_json:
                tell(json_line(asdict(finding)))
            else:
                progress.print(finding_line(finding))

        tally = run_pass(found, wanted, progress=progress, tell=told)
    say(tally.sentence())
    if tally.failed:
        raise EnvironmentFailed(
            f"{found.root}: {tally.failed} pages are kept and could not be read, see above; crawl again later"
        )


@stet.command(
    cls=Example,
    example="""
    stet status
    stet status --json""",
)
@with_json
@with_home
def status(home: str | None, as_json: bool) -> None:
    """What a person asks first: outlets, success, what was found, disk, next work."""
    with reading(home) as (found, connection):
        from archive import overview

        now = datetime.now(UTC)
        summary = overview.summary(found, connection, now)
        rows = overview.with_gaps(connection, now - timedelta(days=7), now)
    if as_json:
        tell(json_line({**summary, "outlets": rows}))
        return
    for name, value in overview.sentences(summary, now):
        tell(f"{paint(f'{name:<10}', bold=True)} {value}")
    if rows:
        tell("")
    shown = [
        {
            **row,
            "last_good": ago(row["last_good"], now),
            "blocked": f"{row['block_rate']:.0%}" if row["block_rate"] is not None else "",
            "not_seen": len(row["gaps"]) or "",
        }
        for row in rows
    ]
    emit(shown, STATUS_COLUMNS, as_json=False, empty="no outlets yet; 'stet outlet add https://…' adds one")


STATUS_COLUMNS = [
    Column("outlet", "Outlet"),
    Column("articles", "Articles"),
    Column("live", "Live", rank=2),
    Column("missing", "Missing"),
    Column("taken_down", "Taken down"),
    Column("fetches", "Fetches in 7 days", rank=3),
    Column("success", "Good", rank=1),
    Column("blocked", "Blocked", rank=4),
    Column("not_seen", "Gaps", rank=5),
    Column("last_good", "Last good"),
    Column("state", "State", wraps=True, rank=6),
]


@stet.command(cls=Example, example="stet demo\n    stet demo --folder /tmp/stet-demo")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default="demo",
    show_default=True,
    help="Where the demo's home and pages are left. Must not exist or be empty.",
)
def demo(folder: Path) -> None:
    """Play a pretend outlet on loopback: a real crawl, an edit, a silent edit, a takedown, a restoration."""
    from scheduler.demo import play

    play(folder)


@stet.command(cls=Example, example='eval "$(stet completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that completes 'stet' commands in your shell."""
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    assert made is not None
    tell(made(stet, {}, "stet", COMPLETE).source())


stet.add_command(outlet_group)
stet.add_command(alerts_group)
stet.add_command(rule_group)
stet.add_command(tag)
stet.add_command(channel)
stet.add_command(why_command)
stet.add_command(reextract)
stet.add_command(reindex)
stet.add_command(run_daemon)
stet.add_command(reload)
stet.add_command(backup)
stet.add_command(restore)
for _command in (*COMMANDS, *IMPORT_COMMANDS):
    stet.add_command(_command)


COMPLETE = "_STET_COMPLETE"
"""The variable by which a shell asks for completions."""

STOPPED = 130
"""What shells call the exit code of a command that Ctrl-C stopped: 128 + SIGINT."""


def main() -> None:
    """The `stet` program."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # JSON is UTF-8 (RFC 8259 section 8.1), and a locale that knows less must not end a command half-way.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    if COMPLETE in os.environ:
        stet.main(prog_name="stet")
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command. Returns its exit code; an error is one line on stderr."""
    try:
        logs.start()
        with stet.make_context("stet", list(arguments), obj=hands) as context:
            stet.invoke(context)
        sys.stdout.flush()
    except StetError as error:
        return _failed(str(error), error.exit_code)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help(), err=True)
        return Misuse.exit_code
    except click.ClickException as error:
        context_path = getattr(error, "ctx", None)
        command = context_path.command_path if context_path is not None else "stet"
        return _failed(f"{error.format_message().rstrip('.')}; see '{command} --help'", Misuse.exit_code)
    except (click.Abort, KeyboardInterrupt):
        return _failed("stopped; what was kept is safe", STOPPED)
    except BrokenPipeError:  # the reader has seen enough: `stet articles | head`
        mute()
    except OSError as error:
        mute()
        return _failed(f"{error.filename or 'output'}: {error.strerror}", EnvironmentFailed.exit_code)
    return 0


def _failed(message: str, exit_code: int) -> int:
    logs.last_words(" ".join(message.split()))
    return exit_code


if __name__ == "__main__":
    main()
