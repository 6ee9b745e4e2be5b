"""A captured page made still: what it says and looks like stays; nothing that it could do."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import document_fromstring

from archive.stilling import allowed
from archive.stilling.pages import MOST_ELEMENTS, still

NOTES = {"left out": "[left out]", "picture": "picture"}


class Kept:
    """What was captured: addresses with `kept` in them."""

    def picture(self, url: str) -> str | None:
        return f"/r/im/{url}" if "kept" in url else None

    def style(self, url: str) -> str | None:
        return f"/r/cs/{url}" if "kept" in url else None

    def page(self, url: str) -> str | None:
        return f"/article?url={url}" if "kept" in url else None


def made(body: str, base: str = "https://a.example/news/") -> str:
    return still(body.encode("utf-8", "replace"), "utf-8", base, Kept(), NOTES, "/still.css").html


def body_of(html: str) -> str:
    return re.sub(r"(?s).*<body[^>]*>(.*)</body>.*", r"\1", made(html))


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("<p>The <b>story</b>", "<p>The <b>story</b></p>"),
        ("<p onclick=alert(1)>x", "<p>x</p>"),
        ("<p>a<script>alert(1)</script>b", "<p>ab</p>"),
        ("<p>a<svg><script>alert(1)</script></svg>b", "<p>ab</p>"),
        ("<p>a<iframe src=https://b.example></iframe>b", '<p>a<span class="stet-left-out">[left out]</span>b</p>'),
        ("<form action=https://a.example/><button>Go</button></form>", "<div><span>Go</span></div>"),
        ("<input name=q autofocus onfocus=alert(1)>x", "x"),
        ("<a href=javascript:alert(1)>x</a>", "<a>x</a>"),
        ("<a href=' java\nscript:alert(1)'>x</a>", "<a>x</a>"),
        ("<a href=/other ping=https://b.example>x</a>", '<a title="https://a.example/other">x</a>'),
        ("<a href=#there>x</a>", '<a href="#there">x</a>'),
        (
            "<a href=/kept>x</a>",
            '<a href="/article?url=https://a.example/kept" target="_blank" rel="noopener noreferrer">x</a>',
        ),
        ("<img src=kept.png alt=A>", '<img alt="A" src="/r/im/https://a.example/news/kept.png">'),
        ("<img src=gone.png alt=A>", '<span class="stet-picture" role="img">[A]</span>'),
        ("<img src=gone.png>", '<span class="stet-picture" role="img">[picture]</span>'),
        ("<img src='data:,' data-src=/kept.png>", '<img src="/r/im/https://a.example/kept.png">'),
        ("<img srcset='/a.png 1x, /kept.png 2x'>", '<img src="/r/im/https://a.example/kept.png">'),
        ("<img src='data:image/svg+xml,<svg>' alt=A>", '<span class="stet-picture" role="img">[A]</span>'),
        ("<img src=data:image/png;base64,AAAA>", '<img src="data:image/png;base64,AAAA">'),
        ("<noscript><p>Without</noscript>", "<div><p>Without</p></div>"),
        ("<a-story><p>x</a-story>", "<div><p>x</p></div>"),
        ("<p dir=rtl lang=ar>نص", '<p dir="rtl" lang="ar">نص</p>'),
        ("<p style='background:url(gone.png)'>x", "<p style='background:url(\"about:invalid\");'>x</p>"),
        ("<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>x", "x"),
        ("<table background=https://b.example/x><td>1", "<table><td>1</td></table>"),
    ],
)  # fmt: skip
def test_what_becomes_of_it(page, shown):
    found = body_of(page)
    assert found.replace("<tbody>", "").replace("</tbody>", "") == shown


def test_the_head_keeps_title_and_styles_and_nothing_else():
    found = made(
        "<html lang=tr class=dark onload=x><head><title>Başlık</title><base href=https://b.example/kept/>"
        "<meta http-equiv=refresh content='0;url=https://b.example'><link rel=preconnect href=https://b.example>"
        "<link rel=stylesheet href=s.css media=print><link rel='alternate stylesheet' href=kept.css>"
        "<style media=screen>p{color:red}</style><script type='application/ld+json'>{}</script></head><body><p>x"
    )
    assert '<html lang="tr" class="dark">' in found
    assert "<title>Başlık</title>" in found
    assert '<link rel="stylesheet" href="/r/cs/https://b.example/kept/s.css" media="print">' in found
    assert '<style media="screen">p{color:red}</style>' in found
    assert not re.search(r"refresh|preconnect|ld\+json|<base|alternate|onload", found)


@pytest.mark.parametrize(
    "body", [b"", b"\x00", b"\xff\xfe", b"<", b"{}", b"<!--", b"<html>", b"<frameset><frame src=x>"]
)
def test_what_is_no_page_makes_an_empty_one(body):
    found = still(body, "no-such-charset", "not an address", Kept(), NOTES, "/still.css")
    assert found.html.endswith("</html>")


def test_a_page_without_end_is_cut_and_says_so():
    found = still(b"<p>x" * (MOST_ELEMENTS + 10), "utf-8", "https://a.example/", Kept(), NOTES, "/still.css")
    assert found.omitted == 10
    deep = still(b"<div>" * 5000 + b"x", "utf-8", "https://a.example/", Kept(), NOTES, "/still.css")
    assert deep.html.count("<div>") == 201
    assert deep.omitted == 1


NAMES = sorted(
    [*allowed.KEPT, *allowed.DROPPED, *allowed.BLOCKS, "style", "link", "meta", "img", "x-y", "svg:script"]
)
ATTRIBUTES = ["href", "src", "onclick", "style", "class", "srcset", "http-equiv", "content", "action", "ping"]
ATTRIBUTES += ["id", "formaction", "xlink:href", "background", "data", "aria-label", "srcdoc", "rel"]
VALUES = [
    "javascript:alert(1)",
    "https://b.example/",
    "//b.example",
    "x",
    "stylesheet",
    "refresh",
    "0;url=//b.example",
    "color:url(//b.example)",
    '"><script>alert(1)</script>',
    "data:text/html,<script>alert(1)</script>",
]


@st.composite
def pages(draw):
    """Tags of every kind, right and wrong, with attributes of every kind."""
    pieces = []
    for _ in range(draw(st.integers(0, 12))):
        name = draw(st.sampled_from(NAMES))
        attributes = "".join(
            f" {draw(st.sampled_from(ATTRIBUTES))}='{draw(st.sampled_from(VALUES))}'"
            for _ in range(draw(st.integers(0, 3)))
        )
        tag = [f"<{name}{attributes}>", f"</{name}>", f"<{name}{attributes}/>"]
        pieces.append(draw(st.sampled_from([*tag, "<!--", "-->", "<![CDATA[", "text", "&lt;script&gt;"])))
    return "".join(pieces)


@given(pages())
def test_whatever_goes_in_nothing_comes_out_that_runs_or_asks(page):
    found = still(page.encode(), "utf-8", "https://a.example/", Kept(), NOTES, "/still.css").html
    for element in document_fromstring(found).iter():
        assert element.tag in allowed.KEPT | {"style", "link", "meta"}, found
        for name, value in element.items():
            assert not name.startswith("on"), found
            assert name not in ("src", "srcset", "action", "http-equiv", "srcdoc", "ping", "background"), found
            if name == "href":
                assert value == "/still.css", found
            if name == "style":
                assert "b.example" not in value
