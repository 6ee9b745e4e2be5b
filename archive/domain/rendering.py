"""A diff and the fields around it → text for a terminal, HTML for a browser, plain data for JSON.

It knows how people read a change: the headline first, what stands collapsed, marks that work without
colour. It refuses to trust the text: everything is escaped in HTML, and control characters, which
could drive a terminal, come out as U+FFFD.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from html import escape

import regex

from archive.domain.diff import Block, BlockKind, Diff, Mark, Run, to_json
from archive.domain.sides import Sides, when

_CONTROL = regex.compile(r"[^\P{Cc}\t]|\p{Cs}")  # but the tab; line breaks inside a paragraph too
WIDTH = 80  # columns, where nobody says otherwise
NARROWEST = 20  # columns; below, wrapping does more harm than good
_BRACKETS = {Mark.REMOVED: ("[-", "-]"), Mark.ADDED: ("{+", "+}")}
# ECMA-48 SGR: 31 red with 9 crossed out, 32 green with 4 underlined; 2 faint, 1 bold, 0 reset. The
# line through or below says it also to who sees no red or green.
_SGR = {"removed": "\x1b[31;9m", "added": "\x1b[32;4m", "note": "\x1b[2m", "name": "\x1b[1m"}
_RESET = "\x1b[0m"

Piece = tuple[str, str]  # a style (a key of _SGR, or "" for none) and its text


def as_text(
    diff: Diff, sides: Sides | None = None, *, colour: bool = False, width: int = WIDTH, context: int = 1
) -> str:
    """The change as a person reads it in a terminal; lines of at most `width` columns, no last newline.

    Without colour removed words stand in `[-…-]`, added ones in `{+…+}`. Of unchanged stretches only
    `context` paragraphs stay on either side of a change.
    """
    parts = [[("name", f"{name}: "), *styled(runs)] for name, runs in _above(sides)]
    for item in _collapsed(diff.blocks, context):
        if isinstance(item, int):
            parts.append([("note", f"… {_unchanged(item)} …")])
        else:
            note = _note(item)
            parts.append([*([("note", f"({note}) ")] if note else []), *styled(item.runs)])
    return "\n\n".join(wrapped(part, max(width, NARROWEST), colour=colour) for part in parts)


def as_html(diff: Diff, sides: Sides | None = None, *, context: int | None = None) -> str:
    """The change as an HTML fragment: `<p>`, `<ins>`, `<del>`; the style sheet is `page`'s business.

    Everything is shown unless `context` says how many unchanged paragraphs stay beside a change.
    """
    lines = [f'<dt>{name}</dt><dd dir="auto">{marked_up(runs)}</dd>' for name, runs in _above(sides)]
    if lines:
        lines = ['<dl class="fields">', *lines, "</dl>"]
    for item in _collapsed(diff.blocks, len(diff.blocks) if context is None else context):
        if isinstance(item, int):
            lines.append(f'<p class="gap">… {_unchanged(item)} …</p>')
        else:
            note = _note(item)
            # A direction of its own keeps it from deciding the paragraph's.
            moved = f'<span class="note" dir="ltr">{escape(note)}</span> ' if note else ""
            lines.append(f'<p class="{item.kind}" dir="auto">{moved}{marked_up(item.runs)}</p>')
    return "\n".join(lines)


def page(
    diff: Diff,
    sides: Sides,
    *,
    url: str = "",
    times: tuple[datetime, datetime] | None = None,
    summary: str = "",
    context: int | None = None,
) -> str:
    """A whole HTML document that needs nothing else: no script, no image, no request.

    `times` are the two captures'; `summary` is the verdict's sentence.
    """
    title = sides.after.title or sides.before.title or url or "Change"
    lead = [f'<p class="url" dir="ltr">{escape(clean(url))}</p>'] if url else []
    if times:
        stamps = (f'<time datetime="{at.astimezone(UTC).isoformat()}">{when(at)}</time>' for at in times)
        lead.append(f'<p class="times">{" → ".join(stamps)}</p>')
    lead += [f'<p class="summary">{escape(clean(summary))}</p>'] if summary else []
    return document(title, lead, as_html(diff, sides, context=context), language=sides.after.language)


def document(title: str, lead: Iterable[str], body: str, *, language: str = "", style: str = "") -> str:
    """A whole HTML document; `lead` and `body` are HTML, `style` is added to ours."""
    return _PAGE.format(
        title=escape(clean(title)),
        style="\n".join(filter(None, (_STYLE, style))),
        lead="\n".join(lead),
        language=f' lang="{escape(language)}"' if language else "",
        body=body,
    )


def as_json(diff: Diff, sides: Sides | None = None) -> dict[str, object]:
    """The change as plain data that speaks for itself, ready for `json.dumps`.

    `paragraphs` are as `archive.domain.diff.to_json` has them, so that `from_json` reads them. `fields` hold the
    `runs` of each field that differs; `lists` what differs of captions, links, images and stamps, in blocks
    like paragraphs, whose indexes count the items.
    """
    return {
        "words_added": diff.words_added,
        "words_removed": diff.words_removed,
        "paragraphs_added": diff.paragraphs_added,
        "paragraphs_removed": diff.paragraphs_removed,
        "paragraphs_changed": diff.paragraphs_changed,
        "paragraphs_moved": diff.paragraphs_moved,
        "similarity": round(diff.similarity, 4),
        "fields": {
            name.lower(): [run for block in to_json(field) for run in block["runs"]]
            for name, field in (sides.fields if sides else ())
        },
        "lists": {f"{name.lower()}s": to_json(Diff(blocks)) for name, blocks in (sides.lists if sides else ())},
        "paragraphs": to_json(diff),
    }


def _above(sides: Sides | None) -> Iterator[tuple[str, list[Run]]]:
    """What stands above the body: fields, and then each item of a list."""
    if sides is not None:
        for name, field in sides.fields:
            if name != "Standfirst" or not sides.echoes:
                yield name, [run for block in field.blocks for run in block.runs]
        for name, blocks in sides.lists:
            yield from ((name, list(block.runs)) for block in blocks)


def clean(text: str) -> str:
    """Without what could drive a terminal."""
    return _CONTROL.sub("\ufffd", text)


def _unchanged(count: int) -> str:
    return f"{count:,} paragraph{'' if count == 1 else 's'} unchanged"


def _note(block: Block) -> str:
    if block.kind is not BlockKind.MOVED or block.old is None or block.new is None:
        return ""
    return f"moved, paragraph {block.old + 1} → {block.new + 1}"


def _collapsed(blocks: Sequence[Block], context: int) -> Iterator[Block | int]:
    """The blocks near a change, and for each stretch between them the number of those left out."""
    changed = [n for n, block in enumerate(blocks) if block.kind is not BlockKind.KEPT]
    near, end = set[int](), 0
    for n in changed:  # each block once, however much context overlaps
        start, end = max(end, n - context), min(len(blocks), n + context + 1)
        near.update(range(start, end))
    hidden = 0
    for n, block in enumerate(blocks):
        if n not in near:
            hidden += 1
            continue
        if hidden:
            yield hidden
        hidden = 0
        yield block
    if hidden:
        yield hidden


def marked_up(runs: Iterable[Run]) -> str:
    """Runs as HTML."""
    tags = {Mark.KEPT: "{}", Mark.REMOVED: "<del>{}</del>", Mark.ADDED: "<ins>{}</ins>"}
    return "".join(tags[run.mark].format(escape(clean(run.text))) for run in runs)


def styled(runs: Iterable[Run]) -> Iterator[Piece]:
    """Runs for a terminal."""
    for run in runs:
        yield "" if run.mark is Mark.KEPT else str(run.mark), clean(run.text)


def wrapped(pieces: Iterable[Piece], width: int, *, colour: bool) -> str:
    """Lines of at most `width` columns."""
    lines: list[list[Piece]] = [[]]
    used = 0
    for style, chunk in _chunks(pieces, width, colour=colour):
        columns = _columns(chunk.rstrip())
        if used and used + columns > width:
            lines.append([])
            used = 0
        lines[-1].append((style, chunk))
        used += _columns(chunk)
    return "\n".join(_painted(line, colour=colour) for line in lines)


def _chunks(pieces: Iterable[Piece], width: int, *, colour: bool) -> Iterator[Piece]:
    """Words with the white space after them; without colour, brackets go with their first and last."""
    brackets = {} if colour else {str(mark): pair for mark, pair in _BRACKETS.items()}
    for style, text in pieces:
        left, right = brackets.get(style, ("", ""))
        for chunk in regex.findall(r"\S++\s*+|\s++", left + text + right):
            yield from ((style, part) for part in _split(chunk, width))


def _painted(line: Iterable[Piece], *, colour: bool) -> str:
    """One line; every line sets and resets its own colours, so that pagers may cut anywhere."""
    joined: list[Piece] = []
    for style, text in line:
        if joined and joined[-1][0] == style:
            joined[-1] = (style, joined[-1][1] + text)
        else:
            joined.append((style, text))
    if joined:
        joined[-1] = (joined[-1][0], joined[-1][1].rstrip())  # white space at a line's end
    if not colour:
        return "".join(text for _, text in joined)
    return "".join(f"{_SGR[style]}{text}{_RESET}" if style and text else text for style, text in joined)


def _columns(text: str) -> int:
    """Terminal columns: wide East Asian characters take two, combining and invisible ones none."""
    return len(text) if text.isascii() else sum(map(_column, text))


def _column(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _split(chunk: str, width: int) -> Iterator[str]:
    """Parts of at most `width` columns, of a word longer than a line or a script without spaces."""
    start = used = 0
    for n, character in enumerate(chunk if _columns(chunk.rstrip()) > width else ""):
        column = _column(character)
        if used + column > width and not character.isspace():
            yield chunk[start:n]
            start, used = n, 0
        used += column
    yield chunk[start:]


# Screen readers pass over `ins` and `del` in silence, but read what a style sheet puts before and after them;
# nobody else sees it, and it is not copied along. Isolated, what was removed and what came keep the paragraph's
# direction: else two numbers in Arabic text stand in the order of a left-to-right line.
_STYLE = """\
:root { color-scheme: light dark; --ink: #1b1b1b; --paper: #fff; --faint: #666;
  --in: #00508c; --in-paper: #dcecfa; --out: #8a3b00; --out-paper: #fbe9d8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --paper: #161616; --faint: #a0a0a0;
  --in: #9ccfff; --in-paper: #10304c; --out: #ffbe85; --out-paper: #4a2a10; } }
body { max-width: 42rem; margin: 2rem auto; padding: 0 1rem; font: 1.05rem/1.6 Georgia, serif;
  color: var(--ink); background: var(--paper); overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; }
ins, del { unicode-bidi: isolate; }
ins { color: var(--in); background: var(--in-paper); text-decoration: underline; }
del { color: var(--out); background: var(--out-paper); text-decoration: line-through; }
del::before, del::after, ins::before, ins::after { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
del::before { content: " [removed: "; } ins::before { content: " [added: "; }
del::after, ins::after { content: "] "; }
.url, .times, .gap, .note, dt { color: var(--faint); font: .85rem/1.5 system-ui, sans-serif; }
.gap { text-align: center; }
.added, .removed, .moved { padding-inline-start: .75rem; border-inline-start: 4px solid var(--in); }
.removed { border-inline-start: 4px dashed var(--out); }
.moved { border-inline-start: 4px dotted var(--faint); }
dd { margin: 0 0 .75rem; }"""

_PAGE = """\
<!DOCTYPE html>
<html{language}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
<header>
<h1 dir="auto">{title}</h1>
{lead}
</header>
<main>
{body}
</main>
</body>
</html>
"""
