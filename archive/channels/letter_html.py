"""A message as HTML for mail programs: inline styles alone, and no request to anywhere.

Knows what mail programs take: no script, no style sheet, no picture; colours that can be read on white and on
black, for some programs turn the page dark and some do not; marks that can be told without colours. Whatever comes
from a page is escaped, has a direction of its own, and is no link.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from archive.channels.letter import Facts, Letter, Section
from archive.domain.diff import Mark, Run
from archive.domain.essence import harmless, title_of
from archive.domain.excerpts import Excerpt, Part, direction, spaced
from archive.domain.rules import What

# Contrast to #fff and to #121212 by WCAG 2.2: faint 4.3 and 4.4, link 4.4 and 4.2. What came and what went bring
# their own paper along, on which they have 7.0 and 6.2.
_FAINT = "#797a7e"
_LINK = "#2a7bd1"
_IN = "background:#dcecfa;color:#00508c;text-decoration:underline"
_OUT = "background:#fbe9d8;color:#8a3b00;text-decoration:line-through"
_MARK = "unicode-bidi:isolate;border-radius:2px;padding:0 2px"
_NAME = f"padding:2px 12px 2px 0;vertical-align:top;color:{_FAINT};white-space:nowrap"
_SIGNS = {Mark.REMOVED: ("del", _OUT, "−"), Mark.ADDED: ("ins", _IN, "+")}

_LEGEND = ((Mark.REMOVED, "went"), (Mark.ADDED, "came"))

_PAGE = """\
<!DOCTYPE html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{title}</title>
</head>
<body style="margin:0;padding:16px">
<div style="max-width:640px;margin:0 auto;font:16px/1.5 Georgia,'Times New Roman',serif;overflow-wrap:anywhere">
{body}
</div>
</body>
</html>
"""


def page(letter: Letter) -> str:
    """The message."""
    alone = len(letter.sections) == 1 and not letter.counted
    return _PAGE.format(title=escape(letter.heading), body="\n".join(_body(letter, alone=alone)))


def _body(letter: Letter, *, alone: bool) -> Iterator[str]:
    yield _tag("h1", escape(letter.heading), "font-size:20px;line-height:1.3;margin:0 0 16px")
    if not alone:
        yield from _contents(letter)
    number = 0
    for outlet, sections in letter.groups:
        if not alone and any(section.shown for section in sections):
            yield _tag("h2", escape(outlet), "font-size:18px;margin:32px 0 0;border-bottom:2px solid #797a7e")
        for section in sections:
            number += 1
            if section.shown:
                yield from _section(section, number, alone=alone)
    yield from _foot(letter)


def _contents(letter: Letter) -> Iterator[str]:
    number = 0
    for outlet, sections in letter.groups:
        yield _tag("p", f"<b>{escape(outlet)}</b> {_faint(f'({len(sections)})')}", "margin:12px 0 4px")
        yield f'<ol start="{number + 1}" style="margin:0;padding-left:32px">'
        for section in sections:
            number += 1
            words = escape(section.essence)
            yield f"<li>{_link(f'#e{number}', words) if section.shown else words}</li>"
        yield "</ol>"
    if letter.counted:
        yield _tag("p", f"and {letter.counted:,} more, which <code>stet alerts list</code> shows", "margin:12px 0")


def _section(section: Section, number: int, *, alone: bool) -> Iterator[str]:
    event, facts = section.event, section.facts
    if not alone:
        anchor = f'<a id="e{number}" name="e{number}"></a>'
        yield _tag("h3", f"{anchor}{number}. {escape(section.essence)}", "font-size:16px;margin:24px 0 8px")
    if event.what in (What.CHANGE, What.STANDING):
        title = title_of(event)
        words = _link(facts.article, escape(title)) if facts.article else escape(title)
        style = "font-size:18px;line-height:1.3;margin:0 0 4px"
        yield f'<p dir="{direction(title)}" style="{style}">{words}</p>'
        if facts.article and title != facts.article:
            yield f'<p dir="ltr" style="font-size:13px;margin:0 0 12px">{_faint(escape(facts.article))}</p>'
    yield from _excerpt(section.excerpt)
    yield from _facts(event.what, facts)


def _excerpt(excerpt: Excerpt) -> Iterator[str]:
    for part in excerpt.parts:
        yield _part(part)
    if excerpt.left_out:
        yield _tag("p", _faint(f"… and {excerpt.left_out:,} more places"), "margin:0 0 12px")


def _part(part: Part) -> str:
    way = direction("".join(run.text for run in part.runs))
    name = f'<span dir="ltr" style="{_small()}">{escape(part.name)}</span><br>' if part.name else ""
    side = "right" if way == "rtl" else "left"
    style = f"margin:0 0 12px;padding-{side}:12px;border-{side}:3px solid #b9babd;text-align:{side}"
    return f'<p dir="{way}" style="{style}">{name}{"".join(_run(run, way) for run in spaced(part.runs))}</p>'


def _run(run: Run, way: str) -> str:
    """A stretch of text. What went and came is isolated, so that two numbers in Arabic text keep their order."""
    text = harmless(run.text)
    if run.mark is Mark.KEPT:
        return escape(text)
    tag, style, sign = _SIGNS[run.mark]
    marked = f'<span style="display:inline-block;text-decoration:none">{sign}&nbsp;</span>'  # no line through it
    return f'<{tag} dir="{way}" style="{style};{_MARK}">{marked}{escape(text)}</{tag}>'


def _facts(what: What, facts: Facts) -> Iterator[str]:
    rows = []
    if what is What.CHANGE:
        kinds = f"<br>{_faint(escape(', '.join(facts.kinds)))}" if facts.kinds else ""
        rows.append(("What changed", _apart(facts.why) + kinds))
        rows.append(("Earlier wording", _time("last seen", facts.earlier, facts.earlier_link)))
        rows.append(("Later wording", _time("first seen", facts.later, facts.later_link)))
    else:
        rows.append(("Why" if what is What.STANDING else "What", _apart(facts.why)))
        rows.append(("Last there", _time("", facts.earlier, facts.earlier_link)))
        rows.append(("Seen", _time("", facts.found, facts.kept_link)))
    if facts.evidence:
        rows.append(("Evidence", f"{_link(facts.evidence, 'the records themselves')}, to be checked without Stet"))
    yield '<table role="presentation" cellpadding="0" cellspacing="0" style="font-size:14px;margin:0 0 16px">'
    for name, value in rows:
        if value:
            yield (f'<tr><td style="{_NAME}">{name}</td><td style="padding:2px 0">{value}</td></tr>')
    yield "</table>"


def _time(words: str, at: str, link: str) -> str:
    if not at:
        return ""
    kept = f" · {_link(link, 'as it was kept')}" if link else ""
    return f"{words} {escape(at)}{kept}".strip()


def _foot(letter: Letter) -> Iterator[str]:
    signs = " ".join(_run(Run(mark, words), "ltr") for mark, words in _LEGEND) + "<br>" if letter.has_words else ""
    where = f" at {_link(letter.archive, escape(letter.archive))}" if letter.archive else ""
    style = f"{_small()};margin:24px 0 0;padding:12px 0 0;border-top:1px solid #b9babd"
    yield _tag(
        "p",
        f"{signs}You are told this by the rule <b>{escape(letter.rule)}</b> of Stet{where}."
        f" To hear no more of it for a week: <code>{escape(letter.snooze)}</code>",
        style,
    )


def _small() -> str:
    return f"font-size:13px;color:{_FAINT}"


def _faint(html: str) -> str:
    return f'<span style="color:{_FAINT}">{html}</span>'


def _apart(text: str) -> str:
    """Words of a page in the midst of ours."""
    return f'<span dir="{direction(text)}" style="unicode-bidi:isolate">{escape(text)}</span>'


def _link(address: str, html: str) -> str:
    return f'<a href="{escape(address)}" style="color:{_LINK}">{html}</a>'


def _tag(name: str, html: str, style: str) -> str:
    return f'<{name} style="{style}">{html}</{name}>'
