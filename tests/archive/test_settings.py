"""Settings: what may be written, what each key means, and how plainly the rest is refused."""

import dataclasses
import re
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import settings, values
from archive.errors import EnvironmentFailed, Misuse
from archive.settings import TEMPLATE, AuthoritySettings, Settings, load, parse, variables
from archive.values import duration, size

DOCUMENT = Path(__file__).parents[2] / "docs" / "settings.md"


def read(text: str = "", **environ: str) -> Settings:
    return parse(tomllib.loads(text), where="stet.toml", environ=environ)


def refusal(text: str = "", **environ: str) -> str:
    with pytest.raises(Misuse) as caught:
        read(text, **environ)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_what_init_writes_is_what_holds_anyway():
    assert read(TEMPLATE) == read() == Settings()


def test_the_file_overrides_defaults_and_the_environment_overrides_the_file():
    text = '[crawl]\ndelay = 5\ncontact = "mailto:a@example.org"\n'
    assert read(text).crawl.delay == 5.0
    assert read(text, STET_CRAWL_DELAY="7.5").crawl.delay == 7.5
    assert read(text, STET_CRAWL_DELAY="7.5").crawl.contact == "mailto:a@example.org"


def test_a_file_that_is_wrong_is_refused_even_where_the_environment_overrides_it():
    assert "delay" in refusal('[crawl]\ndelay = "fast"', STET_CRAWL_DELAY="1")


VALUES = {
    "STET_ARCHIVE_DATABASE": ("postgresql+psycopg://localhost/stet", "postgresql+psycopg://localhost/stet"),
    "STET_ARCHIVE_WARCS": ("/srv/warcs", "/srv/warcs"),
    "STET_ARCHIVE_SPOOL": ("/srv/spool", "/srv/spool"),
    "STET_STORAGE_ENDPOINT": ("https://s3.example.org:9000", "https://s3.example.org:9000"),
    "STET_STORAGE_REGION": ("eu-central-1", "eu-central-1"),
    "STET_STORAGE_ALLOW_HTTP": ("true", True),
    "STET_STORAGE_VIRTUAL_HOSTED": ("true", True),
    "STET_STORAGE_CHECKSUMS": ("false", False),
    "STET_STORAGE_CA_BUNDLE": ("ca.pem", "ca.pem"),
    "STET_STORAGE_KEEP_LOCAL": ("1h", timedelta(hours=1)),
    "STET_ARCHIVE_ROTATE_SIZE": ("2MiB", 2 * 1024**2),
    "STET_ARCHIVE_ROTATE_AGE": ("7d", timedelta(days=7)),
    "STET_ARCHIVE_ROTATE_IDLE": ("90s", timedelta(seconds=90)),
    "STET_ARCHIVE_RESERVE": ("1GB", 1000**3),
    "STET_ARCHIVE_PATIENCE": ("1m", timedelta(minutes=1)),
    "STET_CRAWL_CONTACT": ("mailto:a@example.org", "mailto:a@example.org"),
    "STET_CRAWL_USER_AGENT": ("MyArchive/1.0", "MyArchive/1.0"),
    "STET_CRAWL_DELAY": ("30", 30.0),
    "STET_CRAWL_MAX_DELAY": ("60.5", 60.5),
    "STET_CRAWL_CONCURRENCY": ("8", 8),
    "STET_CRAWL_TIMEOUT": ("90s", timedelta(seconds=90)),
    "STET_CRAWL_MAX_BYTES": ("1000", 1000),
    "STET_CRAWL_MAX_REDIRECTS": ("0", 0),
    "STET_CRAWL_ROBOTS_MAX_AGE": ("1h", timedelta(hours=1)),
    "STET_CRAWL_DISCOVER_MAX_AGE": ("2w", timedelta(weeks=2)),
    "STET_CRAWL_DISCOVER_LIMIT": ("50", 50),
    "STET_CRAWL_ALLOW_PRIVATE_ADDRESSES": ("true", True),
    "STET_CRAWL_CA_BUNDLE": ("ca.pem", "ca.pem"),
    "STET_CRAWL_EXTRACT_WORKERS": ("0", 0),
    "STET_CRAWL_CONNECT_TO": (
        "a.example:443=127.0.0.1:8443, b.example=[::1]:80",
        {"a.example:443": "127.0.0.1:8443", "b.example": "[::1]:80"},
    ),
    "STET_CRAWL_VANTAGES": (
        "de=socks5://127.0.0.1:1080, us=http://me:secret@proxy.example:3128",
        {"de": "socks5://127.0.0.1:1080", "us": "http://me:secret@proxy.example:3128"},
    ),
    "STET_EDITS_CONFIRM_AFTER": ("500ms", timedelta(milliseconds=500)),
    "STET_EDITS_REEXTRACT": ("false", False),
    "STET_TAKEDOWNS_CONFIRMATIONS": ("5", 5),
    "STET_TAKEDOWNS_SPAN": ("3600", timedelta(hours=1)),
    "STET_TAKEDOWNS_OFFLINE_AFTER": ("30d", timedelta(days=30)),
    "STET_TAKEDOWNS_SIBLING_EVERY": ("0s", timedelta(0)),
    "STET_TAKEDOWNS_SECOND_OPINION": (
        "https://archive.example/timemap/link/",
        "https://archive.example/timemap/link/",
    ),
    "STET_FIXITY_AUTHORITIES": (
        "one=http://tsa.example/ keys/one.pem, two=https://two.example/tsr keys/my two.pem",
        {
            "one": AuthoritySettings(url="http://tsa.example/", roots="keys/one.pem"),
            "two": AuthoritySettings(url="https://two.example/tsr", roots="keys/my two.pem"),
        },
    ),
    "STET_FIXITY_PAUSE": ("1d", timedelta(days=1)),
    "STET_FIXITY_SCRUB_RATE": ("1MB", 1000**2),
    "STET_RECRAWL_PER_DAY": ("1000", 1000),
    "STET_RECRAWL_OUTLET_PER_DAY": ("100", 100),
    "STET_DAEMON_ROUNDS": ("4", 4),
    "STET_DAEMON_STOP_WITHIN": ("5s", timedelta(seconds=5)),
    "STET_DAEMON_SILENT_AFTER": ("1h", timedelta(hours=1)),
    "STET_DAEMON_LOG": ("json", "json"),
    "STET_DAEMON_SERVE": ("false", False),
    "STET_DAEMON_SCRUB_EVERY": ("7d", timedelta(days=7)),
    "STET_DAEMON_BACKUPS": ("/srv/backups", "/srv/backups"),
    "STET_DAEMON_KEEP_BACKUPS": ("3", 3),
    "STET_ALERTS_TIMEZONE": ("Europe/Vienna", "Europe/Vienna"),
    "STET_ALERTS_GATHER": ("5m", timedelta(minutes=5)),
    "STET_ALERTS_GIVE_UP_AFTER": ("2d", timedelta(days=2)),
    "STET_WEB_HOST": ("::1", "::1"),
    "STET_WEB_PORT": ("0", 0),
    "STET_WEB_URL": ("https://archive.example.org/stet", "https://archive.example.org/stet"),
    "STET_WEB_PROXIES": ("127.0.0.1, ::1", ("127.0.0.1", "::1")),
    "STET_WEBSUB_CALLBACK": ("https://archive.example.org", "https://archive.example.org"),
}


def test_every_key_has_a_variable_that_is_tried_here():
    assert set(VALUES) == set(variables())


@pytest.mark.parametrize(("variable", "text", "value"), [(k, *v) for k, v in VALUES.items()], ids=VALUES)
def test_a_variable_sets_its_key(variable, text, value):
    section, key = variables()[variable]
    made = read(**{variable: text})
    assert getattr(getattr(made, section), key) == value
    untouched = dataclasses.replace(getattr(made, section), **{key: getattr(getattr(read(), section), key)})
    assert untouched == getattr(read(), section)


def test_variables_of_others_and_the_home_are_none_of_our_business():
    assert read(STET_HOME="/x", _STET_COMPLETE="bash_source", STETSON="hat", PATH="/bin") == Settings()


REFUSED = [
    # what is written, and what the one line must say
    ("confirmations = 3", ["unknown section 'confirmations'", "archive, storage, crawl, edits, takedowns"]),
    ("[takedown]\nspan='1h'", ["unknown section 'takedown'", "did you mean 'takedowns'"]),
    ("[crawl]\ndealy = 3", ["[crawl]", "unknown key 'dealy'", "did you mean 'delay'"]),
    ("[takedowns]\nconfirmation = 3", ["did you mean 'confirmations'"]),
    ("crawl = 3", ["[crawl]", "expected a table"]),
    ("[crawl]\ndelay = 'fast'", ["[crawl] delay", "expected a number", "'fast'"]),
    ("[crawl]\ndelay = -1", ["[crawl] delay", "at least 0", "-1"]),
    ("[crawl]\ndelay = nan", ["[crawl] delay", "expected a number"]),
    ("[crawl]\ndelay = inf", ["[crawl] delay", "expected a number"]),
    ("[crawl]\ndelay = true", ["[crawl] delay", "expected a number"]),
    ("[crawl]\nconcurrency = 0", ["[crawl] concurrency", "at least 1"]),
    ("[crawl]\nconcurrency = 1.5", ["[crawl] concurrency", "a whole number", "1.5"]),
    ("[crawl]\nconcurrency = true", ["[crawl] concurrency", "a whole number"]),
    ("[crawl]\ncontact = 3", ["[crawl] contact", "text in quotes"]),
    ("[crawl]\ncontact = 'me'", ["[crawl] contact", "mailto:you@example.org"]),
    ('[crawl]\ncontact = "mailto:a@b\\r\\nX: y"', ["[crawl] contact", "header"]),
    ("[crawl]\nuser_agent = 'ö'", ["[crawl] user_agent", "header"]),
    ("[crawl]\nallow_private_addresses = 1", ["allow_private_addresses", "true or false"]),
    ("[crawl]\ntimeout = 'soon'", ["[crawl] timeout", "a duration", "90s"]),
    ("[crawl]\ntimeout = '0s'", ["[crawl] timeout", "at least"]),
    ("[crawl]\ntimeout = true", ["[crawl] timeout", "a duration"]),
    ("[crawl]\ntimeout = '99999999999999w'", ["[crawl] timeout", "a duration"]),
    ("[crawl]\ntimeout = nan", ["[crawl] timeout", "a duration"]),
    ("[crawl]\ntimeout = -1", ["[crawl] timeout", "a duration"]),
    ("[crawl]\ntimeout = inf", ["[crawl] timeout", "a duration"]),
    ("[crawl]\nmax_bytes = '32 mib'", ["[crawl] max_bytes", "a size", "32MiB"]),
    ("[crawl]\nmax_bytes = 0", ["[crawl] max_bytes", "at least 1"]),
    ("[crawl]\nmax_bytes = 1e9", ["[crawl] max_bytes", "a size"]),
    ("[crawl]\nconnect_to = 'a'", ["[crawl] connect_to", "127.0.0.1:8443"]),
    ("[crawl.connect_to]\na = 3", ["[crawl] connect_to", "3"]),
    ("[crawl.connect_to]\n'http://a' = 'b'", ["[crawl] connect_to", "http://a"]),
    ("[web]\nport = 65536", ["[web] port", "65536", "1 to 65535"]),
    ("[web]\nurl = 'archive.example.org'", ["[web] url", "https://archive.example.org"]),
    ("[archive]\ndatabase = 'stet.db'", ["[archive] database", "sqlite:///stet.db"]),
    ("[archive]\ndatabase = 'sqlite://'", ["[archive] database", "sqlite:///"]),
    ("[archive]\ndatabase = 'sqlite:///:memory:'", ["[archive] database", "would lose all"]),
    ("[archive]\ndatabase = 'sqlite:///'", ["[archive] database", "would lose all"]),
    ("[archive]\nwarcs = 'gs://bucket/prefix'", ["[archive] warcs", "no folder"]),
    ("[archive]\nwarcs = 's3://key:secret@bucket'", ["[archive] warcs", "no place in a bucket"]),
    ("[archive]\nwarcs = 's3://b'", ["[archive] warcs", "no place in a bucket"]),
    ("[archive]\nwarcs = 's3://bucket//a'", ["[archive] warcs", "no place in a bucket"]),
    ("[archive]\nspool = 's3://bucket'", ["[archive] spool", "no folder"]),
    ("[storage]\nendpoint = 's3.example.org'", ["[storage] endpoint", "no endpoint"]),
    ("[storage]\nendpoint = 'https://key:secret@s3.example.org'", ["[storage] endpoint", "no endpoint"]),
    ("[storage]\nregion = 'eu central'", ["[storage] region", "no region"]),
    ("[archive]\nwarcs = ''", ["[archive] warcs", "no folder"]),
    ("[takedowns]\nconfirmations = 0", ["[takedowns] confirmations", "at least 1"]),
    ("[fixity]\nauthorities = 'dfn'", ["[fixity] authorities", "[fixity.authorities.NAME]"]),
    ("[fixity.authorities.DFN]\nurl = 'http://a/'", ["authorities.DFN", "a short name of a-z"]),
    ("[fixity.authorities]\ndfn = 3", ["authorities.dfn", "expected a table"]),
    ("[fixity.authorities.dfn]\nurl = 'http://a/'\nroot = 'x'", ["authorities.dfn", "did you mean 'roots'"]),
    ("[fixity.authorities.dfn]\nurl = 'ftp://a/'\nroots = 'x'", ["authorities.dfn url", "no http or https"]),
    ("[fixity.authorities.dfn]\nurl = 'http://a/'", ["authorities.dfn roots", "name the PEM file"]),
]


@pytest.mark.parametrize(("text", "said"), REFUSED, ids=[text for text, _ in REFUSED])
def test_what_cannot_hold_is_refused_in_one_line_that_says_where_and_what(text, said):
    message = refusal(text)
    assert message.startswith("stet.toml: ")
    for words in said:
        assert words in message


REFUSED_VARIABLES = [
    ({"STET_CRAWL_DELAY": "fast"}, ["STET_CRAWL_DELAY", "a number", "'fast'"]),
    ({"STET_CRAWL_DELAY": ""}, ["STET_CRAWL_DELAY", "a number"]),
    ({"STET_CRAWL_DELAY": "nan"}, ["STET_CRAWL_DELAY", "a number"]),
    ({"STET_CRAWL_CONCURRENCY": "1.5"}, ["STET_CRAWL_CONCURRENCY", "a whole number"]),
    ({"STET_CRAWL_ALLOW_PRIVATE_ADDRESSES": "maybe"}, ["STET_CRAWL_ALLOW", "true or false", "'maybe'"]),
    ({"STET_CRAWL_CONNECT_TO": "a"}, ["STET_CRAWL_CONNECT_TO", "127.0.0.1:8443"]),
    ({"STET_TAKEDOWNS_SPAN": "ages"}, ["STET_TAKEDOWNS_SPAN", "a duration"]),
    ({"STET_CRAWL_DEALY": "3"}, ["unknown variable STET_CRAWL_DEALY", "STET_CRAWL_DELAY"]),
    ({"STET_FIXITY_AUTHORITIES": "dfn=http://a/"}, ["STET_FIXITY_AUTHORITIES.dfn roots", "name the PEM file"]),
    ({"STET_HOMES": "/x"}, ["unknown variable STET_HOMES", "STET_HOME?"]),
    ({"STET_QQQQQQQQQQ": "1"}, ["unknown variable STET_QQQ", "docs/settings.md"]),
]


@pytest.mark.parametrize(("environ", "said"), REFUSED_VARIABLES, ids=[next(iter(e)) for e, _ in REFUSED_VARIABLES])
def test_a_bad_variable_is_refused_by_its_name(environ, said):
    message = refusal(**environ)
    assert message.startswith("environment: ")
    for words in said:
        assert words in message


@pytest.mark.parametrize(
    ("proxies", "said"),
    [
        ('"socks5://desk:s3cret@a.example:1080"', "crawl] vantages: this is no table"),
        ('{ DE = "socks5://desk:s3cret@a.example:1080" }', "vantages.DE: give the vantage point a short label"),
        ('{ de = "socks4://desk:s3cret@a.example:1080" }', "vantages.de: this is no proxy; write"),
        ('{ de = "http://desk:s3cret@a.example" }', "vantages.de: this is no proxy; write"),
        ('{ de = ["http://desk:s3cret@a.example:3128"] }', "vantages.de: this is no proxy; write"),
    ],
)
def test_what_is_refused_of_a_proxy_is_told_without_its_password(proxies, said):
    message = refusal(f"[crawl]\nvantages = {proxies}")
    assert said in message
    assert "s3cret" not in message


def test_no_password_counts_in_the_digest_that_the_files_hold():
    one, two, three = (
        read(f'[crawl.vantages]\nde = "http://{login}a.example:3128"') for login in ("u:one@", "u:two@", "")
    )
    assert settings.digest(one) == settings.digest(two) == settings.digest(three) != settings.digest(read())


def test_who_is_told_of_what_does_not_count_either():
    desk = '[alerts.channels.desk]\nkind = "apprise"\nurl = "env:DESK"\n'
    rule = '[alerts.rules.all]\nchannels = ["desk"]\nremoved = ["hostage"]\n'
    assert settings.digest(read(desk + rule)) == settings.digest(read())


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"[crawl\n", "not valid TOML"), (b"\xff\xfe", "not valid TOML"), (b"a = 1\na = 2", "not valid TOML")],
)
def test_a_broken_file_is_refused_with_its_path(tmp_path, content, said):
    path = tmp_path / "stet.toml"
    path.write_bytes(content)
    with pytest.raises(Misuse, match=f"{re.escape(str(path))}: {said}"):
        load(path, {})


def test_a_byte_order_mark_as_windows_editors_write_it_is_no_error(tmp_path):
    path = tmp_path / "stet.toml"
    path.write_bytes(b"\xef\xbb\xbf[crawl]\ndelay = 1.0\n")
    assert load(path, {}).crawl.delay == 1.0


def test_no_file_and_a_folder_in_its_place_say_what_to_do(tmp_path):
    with pytest.raises(Misuse, match="stet init"):
        load(tmp_path / "stet.toml", {})
    with pytest.raises(EnvironmentFailed, match="cannot be read"):
        load(tmp_path, {})


@given(st.integers(0, 10**6), st.sampled_from(list(values._UNITS)))
def test_a_duration_means_its_number_of_units(number, unit):
    seconds = duration(f"{number}{unit}", "here").total_seconds()
    assert seconds == pytest.approx(number * values._UNITS[unit])


@given(st.integers(0, 10**9), st.sampled_from(list(values._SIZES)))
def test_a_size_means_its_number_of_units(number, unit):
    assert size(f"{number} {unit}", "here") == number * values._SIZES[unit]


# The document.


def documented() -> dict[tuple[str, str], tuple[str, str, str]]:
    """(section, key) → default, variable and meaning, from the tables of docs/settings.md."""
    found, section = {}, ""
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if heading := re.fullmatch(r"## `\[(\w+)\]`.*", line):
            section = heading[1]
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| `") and len(cells) == 4:
            key, default, variable, meaning = cells
            found[section, key.strip("` ")] = (default.strip("` "), variable.strip("` "), meaning)
    return found


def test_every_key_is_documented_with_its_variable_and_its_meaning():
    written = {variable: place for place, (_, variable, _) in documented().items()}
    assert written == variables()
    assert all(len(meaning) > 20 for _, _, meaning in documented().values())


@pytest.mark.parametrize(("section", "key"), list(variables().values()), ids=variables())
def test_the_documented_default_is_the_default(section, key):
    default = documented()[section, key][0]
    table = f"[{section}.{key}]" if key in ("connect_to", "vantages") else f"[{section}]\n{key} = {default}"
    assert getattr(getattr(read(table), section), key) == getattr(getattr(Settings(), section), key)
    assert default
