"""Whatever is in a foreign file, nothing crashes, and the home stays whole."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from archive.errors import Misuse
from tests.archive.test_importing import HOUR, ODD, UNMODIFIED, URL, WORDS, Room, bring, no_fault, story
from tests.foreign import DAY, Warc
from tests.homes import Place

FIELDS = st.dictionaries(
    st.sampled_from(
        [
            "WARC_Target_URI",
            "WARC_Date",
            "WARC_IP_Address",
            "WARC_Record_ID",
            "WARC_Payload_Digest",
            "WARC_Truncated",
            "WARC_Concurrent_To",
            "WARC_Refers_To_Date",
            "WARC_Refers_To_Target_URI",
            "WARC_Profile",
            "Stet_Undone",
        ]
    ),
    st.sampled_from(
        [
            *("", "x", "\x01", "é", "999.9.9.9", "http://", "http://[::1", "http://a.example:99999/", "9999"),
            *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59-23:59"),
            *(URL, UNMODIFIED, "framing", "length", "http://x/2019/05/04/a-b-c-d", "https://a.b:80/\u2028"),
        ]
    ),
    max_size=4,
)
BLOCKS = st.binary(max_size=50) | st.sampled_from(
    [
        b"",
        b"HTTP/1.1 304\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 301 M\r\nLocation: http://[\r\n\r\n",
        *(raw for raw, _ in ODD.values()),
    ]
)
KINDS = st.sampled_from(["response", "revisit", "request", "metadata", "resource", ""])


@settings(max_examples=60, deadline=None)
@given(
    records=st.lists(st.tuples(KINDS, BLOCKS, FIELDS), max_size=6),
    damage=st.lists(st.tuples(st.integers(0, 3000), st.binary(min_size=1, max_size=30)), max_size=2),
)
@example(records=[("response", b"", {"WARC_Target_URI": "http://[::1"})], damage=[])
def test_whatever_is_in_a_file_it_is_kept_or_told_and_the_home_stays_whole(tmp_path_factory, records, damage):
    folder = tmp_path_factory.mktemp("any")
    place = Place(folder / "home", Room())
    made = Warc()
    made.info()
    made.pair(URL, story(*WORDS), DAY)
    for number, (kind, block, more) in enumerate(records):
        made.add(kind, URL, block, DAY + number * HOUR, **more)
    data = bytearray(made.packed())
    for at, wrong in damage:
        data[at : at + len(wrong)] = wrong
    (folder / "a.warc.gz").write_bytes(data)
    try:
        bring(place, folder / "a.warc.gz")
        [again], _ = bring(place, folder / "a.warc.gz")
    except Misuse as error:
        if "no archive file" not in str(error):
            raise
        return
    assert again.kept == 0
    no_fault(place)
