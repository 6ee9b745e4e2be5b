"""Writes docs/commands.md from the commands' own help: `python -m tests.command_docs > docs/commands.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from scheduler.cli import stet

HEAD = """\
# Commands

Every command's own help, as `stet COMMAND --help` prints it. Written by `python -m tests.command_docs`; a test
holds it against the program.

**Exit codes:** 0 done; 1 done, and what was asked about is bad or not there; 2 misuse or bad input; 3 the
environment failed (disk, database, network); 130 stopped by Ctrl-C. An error is one line on stderr.

**Home:** `--home DIR`, else `$STET_HOME`, else the nearest parent folder with a `stet.toml`.

**Output:** answers go to stdout, remarks, progress and logs to stderr. `--json` prints one JSON object a line, in
UTF-8, times in ISO 8601 and UTC. Colour and progress bars are for terminals only; `NO_COLOR` turns colour off, and
`LOGLEVEL=INFO` shows more of what happens.

**Times** are read as `2026-11-22`, `2026-11-22T14:30Z` or `20261122143000`, in UTC where no zone is given. A
shortened time means its last moment, as the question is what stood then; with `--since` it means its first.
"""

WIDTH = 100  # columns, as the help itself has them at most


def walk(command: click.Command = stet, name: str = "stet") -> Iterator[tuple[str, click.Command]]:
    """The command, and all below it, by their full names."""
    yield name, command
    if isinstance(command, click.Group):
        for part in sorted(command.commands):
            yield from walk(command.commands[part], f"{name} {part}")


def document() -> str:
    """The text of docs/commands.md."""
    parts = [HEAD]
    for name, command in walk():
        parts.append(f"## `{name}`\n\n```text\n{help_of(command, name)}\n```\n")
    return "\n".join(parts)


def help_of(command: click.Command, name: str) -> str:
    """The help that `stet NAME --help` prints on a terminal of `WIDTH` columns."""
    settings = {**stet.context_settings, "terminal_width": WIDTH, "color": False}
    with click.Context(command, info_name=name, **settings) as context:
        return command.get_help(context).rstrip()


if __name__ == "__main__":
    sys.stdout.write(document())
