"""Styles of captured pages: what they look like stays, what they could ask for goes."""

from __future__ import annotations

import pytest
import tinycss2
from hypothesis import given
from hypothesis import strategies as st

from archive.stilling import styles


def kept(url: str) -> str | None:
    return f"/kept/{url}" if url.startswith("a") else None


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("p{color:red}", "p{color:red}"),
        ("p{background:url(a.png)}", 'p{background:url("/kept/a.png")}'),
        ("p{background:url( 'a.png' )}", 'p{background:url("/kept/a.png")}'),
        ("p{background:url(//elsewhere.example/?q)}", 'p{background:url("about:invalid")}'),
        ("p{background:u\\72l(b.png)}", 'p{background:url("about:invalid")}'),
        ('p{background:image-set("a.png" 1x, "b.png" 2x)}', None),
        ("@media print{p{background:url(b.png)}}", '@media print{p{background:url("about:invalid")}}'),
        ("@font-face{src:url(a.woff2) format('woff2')}", "@font-face{src:url(\"/kept/a.woff2\") format('woff2')}"),
        ("@import url(a.css);p{}", "p{}"),
        ("@IMPORT 'a.css';p{}", "p{}"),
        ("@namespace url(http://www.w3.org/1999/xhtml);p{}", "p{}"),
        ("p{width:expression(alert(1))}", "p{width:}"),
        ("p::after{content:'</style><script>'}", "p::after{content:'\\3c /style>\\3c script>'}"),
    ],
)
def test_addresses_lead_to_what_was_kept(text, made):
    found = styles.sheet(text, kept)
    if made is None:
        assert '"/kept/a.png"' in found
        assert "b.png" not in found
    else:
        assert found.replace('"\\3c', "'\\3c").replace('>"', ">'").replace('"woff2"', "'woff2'") == made


def test_a_style_attribute_keeps_declarations_alone():
    made = styles.inline("color:red;behavior:url(a.htc);background:url(b.png);-moz-binding:url(a);}p{}", kept)
    assert "color:red" in made
    assert "about:invalid" in made
    assert not {"behavior", "binding", "b.png", "}"} & set(made.replace(":", " ").split())


NOT_OURS = st.sampled_from(["b", "//b/", "http://b.example/x", "javascript:alert(1)", "data:text/html,x"])
PIECES = st.sampled_from(
    [
        "p{",
        "}",
        "url(",
        ")",
        "'",
        '"',
        "\\",
        "@import ",
        ";",
        "@media x{",
        "image-set(",
        "/*",
        "*/",
        "<",
        "</style",
        "\n",
    ]
)


@given(st.lists(st.one_of(NOT_OURS, PIECES, st.text(max_size=5)), max_size=30).map("".join))
def test_whatever_is_written_asks_for_nothing_that_was_not_kept(text):
    made = styles.sheet(text, lambda _: None)
    assert "<" not in made
    assert set(addresses(tinycss2.parse_stylesheet(made))) <= {"about:invalid"}
    assert "@import" not in [f"@{rule.lower_at_keyword}" for rule in rules(made)]


def rules(text):
    return [rule for rule in tinycss2.parse_stylesheet(text) if rule.type == "at-rule"]


def addresses(nodes):
    for node in nodes:
        if node.type == "url":
            yield node.value
        elif node.type == "function" and node.lower_name in ("url", "src", "image-set"):
            for each in node.arguments:
                if each.type == "string":
                    yield each.value
        for inside in ("prelude", "content", "arguments"):
            if getattr(node, inside, None):
                yield from addresses(getattr(node, inside))
