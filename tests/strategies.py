"""Texts and addresses at their worst, for laws that must hold of any."""

from hypothesis import strategies as st

# Any string at all, and strings that collide often: few words, sentence ends, blank lines, oddities.
PIECES = [
    *("a", "b", "the ", "Not ", ". ", "! ", "\n\n", "\n", " ", "12,000", "14:30", "“", '"', "’", "'", "--"),
    *("—", "…", "\u00a0", "\u00ad", "\u200c", "İ", "i\u0307", "é", "e\u0301", "中", "国。", "ไทย", "كَتَبَ"),
    *("ﬁ", "１２", "👩\u200d👧", "\x1c", "\ud800"),
]
TEXTS = st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=40).map("".join)

_ANY = st.text(max_size=60)
_HOSTS = st.sampled_from(
    ["example.org", "m.example.co.uk", "bücher.de", "[::1]", "127.0.0.1", "a@b", "www.x.org:443"]
)
_PATHS = st.sampled_from(
    [
        "/..",
        "/.",
        "/amp",
        "//",
        "/%2e",
        "/;jsessionid=1",
        "/a%2",
        "/%41",
        "/2020/05/x-y-z",
        ":",
        "/(S(" + "a" * 24 + "))",
    ]
)
_QUERIES = st.sampled_from(["?", "&", "amp;", "utm_a=1", "a=1", "%", "#!", "#", "=", "amp=1", "b"])
ADDRESSES = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["http://", "https://", "HTTP:\\\\", "//", "", "https://www.google.com/amp/s/"]),
    _HOSTS | _ANY,
    st.lists(_PATHS | _ANY, max_size=5).map("".join),
    st.lists(_QUERIES | _ANY, max_size=6).map("".join),
)
