"""The API: every answer is as its document says, lists go on where they were left, and commands print the same."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from urllib.parse import quote

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.db import cursors, walks
from archive.db.engine import open_database
from archive.db.takedowns import Wanted
from archive.domain.rights import Person, Right
from archive.errors import Misuse
from archive.web import guard
from tests.played import ROOT
from tests.reading import SECRETS, furnished
from tests.serving import served

API = "/api/v1"


@pytest.fixture(scope="module")
def site():
    with served(furnished().home, now=furnished().now) as served_there:
        yield served_there


@pytest.fixture(scope="module")
def document(site):
    return site.get(f"{API}/openapi.json").json


def ask(site, path: str, status: int = 200) -> dict:
    reply = site.get(path if path.startswith(API) else API + path)
    assert reply.status == status, reply.text
    return reply.json


def ids(site) -> dict[str, str]:
    """What can stand in each path, by what comes before it."""
    change = ask(site, "/changes")["items"][0]
    return {
        "/outlets": "herald",
        "/articles": str(furnished().article),
        "/versions": str(change["to_version"]),
        "/changes": str(change["id"]),
        "/captures": str(ask(site, f"/articles/{furnished().article}/captures")["items"][0]["id"]),
        "/alerts": str(ask(site, "/alerts")["items"][0]["id"]),
        "/notes": ask(site, f"/articles/{furnished().article}/notes")["items"][0]["key"],
        "/rules": ask(site, "/rules")["items"][0]["name"],
    }


QUERIES = {"/search": "?q=harbour", "/search/facets": "?q=harbour"}
FILES = ("/captures/{id}/warc", "/captures/{id}/wacz")


def filled(site, path: str) -> str:
    """The path with what is there."""
    known = ids(site)
    if path == "/diff":
        return f"/diff?change={known['/changes']}"
    for start, name in known.items():
        if path.startswith(f"{start}/{{"):
            path = re.sub(r"\{\w+\}", name, path, count=1)
    return path + QUERIES.get(path, "")


def reads(document) -> list[str]:
    return [path for path, calls in document["paths"].items() if "get" in calls and path not in FILES]


# The document.


def test_every_answer_is_as_the_document_says(site, document):
    checked = 0
    for path in reads(document):
        answer = ask(site, filled(site, path))
        schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        conform(document, schema, answer)
        checked += 1
    assert checked > 30


def conform(document, schema, answer) -> None:
    whole = {**strictly(schema), "components": {"schemas": strictly(document["components"]["schemas"])}}
    jsonschema.Draft202012Validator(whole).validate(answer)


def strictly(schema):
    """The same schema, by which a field that the document does not tell of is an error."""
    if isinstance(schema, list):
        return [strictly(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strictly(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema:
        made["additionalProperties"] = False
    return made


def test_no_list_is_empty_here_so_that_rows_are_checked(site, document):
    empty = set()
    for path in reads(document):
        answer = ask(site, filled(site, path))
        if answer.get("items") == []:
            empty.add(path)
    # Nobody redesigned anything, and the report was always there.
    assert empty == {"/notices", "/articles/{id}/standings", "/articles/{id}/gaps"}
    gone = f"/articles/{furnished().gone}"
    of = document["paths"]["/articles/{id}/standings"]["get"]["responses"]["200"]["content"]["application/json"]
    conform(document, of["schema"], ask(site, f"{gone}/standings"))
    assert ask(site, f"{gone}/standings")["items"]


def test_every_field_of_a_shape_that_says_something_says_it_in_the_document(document):
    change = document["components"]["schemas"]["ChangeRow"]["properties"]
    assert change["stealth"]["description"] == "The page does not declare it."
    assert document["components"]["schemas"]["TextRow"]["properties"]["number"]["description"].startswith(
        "1, 2, 3"
    )


def test_errors_are_problems_of_one_line(site):
    """RFC 9457 section 3: `type`, `title`, `status`, `detail`; the media type is application/problem+json."""
    cases = {
        "/nowhere": 404,
        "/articles/999": 404,
        "/articles/none": 400,
        "/articles/0": 400,
        f"/articles/{2**63}": 400,
        "/articles?outlet=nobody": 404,
        "/articles?url=:": 400,
        "/changes?since=someday": 400,
        "/changes?limit=0": 400,
        "/changes?kind=nonsense": 400,
        "/search": 400,
        "/search?q=%22%22": 400,
        "/diff": 400,
        "/diff?from=1&to=999": 404,
        "/outlets/nobody": 404,
        "/outlets/herald/days?since=1999": 400,
        "/captures/999": 404,
        "/captures/999/warc": 404,
    }
    for path, status in cases.items():
        reply = site.get(API + path)
        assert (path, reply.status, reply["content-type"]) == (path, status, "application/problem+json")
        assert reply.json["status"] == status
        assert reply.json["detail"]
        assert "\n" not in reply.json["detail"]
        assert "stet " not in reply.json["detail"]


def test_what_is_not_done_by_a_method_says_by_which(site):
    reply = site.ask("DELETE", f"{API}/changes")
    assert (reply.status, reply["allow"], reply["content-type"]) == (405, "GET", "application/problem+json")


def test_whoever_may_not_read_reads_nothing(site, monkeypatch):
    monkeypatch.setattr(guard, "person", lambda _request: Person(name="nobody", right=Right.READ))
    assert site.get(f"{API}/changes").status == 200
    monkeypatch.setattr(guard, "person", lambda _request: Person(name="nobody", right=0))
    reply = site.get(f"{API}/changes")
    assert (reply.status, reply["content-type"]) == (403, "application/problem+json")


# Entity tags.


def test_what_the_client_has_is_not_sent_again(site, document):
    for path in [*reads(document), "/openapi.json"]:
        first = site.get(API + filled(site, path))
        tag = first["etag"]
        assert tag.startswith('"' if path in ("/notes/{key}", "/rules/{name}") else 'W/"')  # RFC 9110: If-Match
        assert first["cache-control"] == "private, no-cache"
        again = site.get(API + filled(site, path), If_None_Match=f'"other", {tag}')
        if path != "/status":  # the disk fills while one looks
            assert (path, again.status, again.body, again["etag"]) == (path, 304, b"", tag)
        assert site.get(API + filled(site, path), If_None_Match='W/"other"').status == 200


def test_head_says_what_get_says(site):
    got, head = site.get(f"{API}/changes"), site.head(f"{API}/changes")
    assert (head.status, head["etag"], head["content-length"], head.body) == (
        200,
        got["etag"],
        got["content-length"],
        b"",
    )


# Pages of lists.

WALKS = [
    "/articles",
    "/articles?words=e",
    "/changes",
    "/changes?superseded=true",
    "/changes?kind=body&kind=numbers&kind=quotation&superseded=true",
    "/changes?language=en&outlet=herald",
    "/changes?added=the",
    "/takedowns?everything=true&restored=true&hints=true",
    "/search?q=the",
    "/search?q=the&there=true",
    "/search?q=120&in=removed",
    "/alerts",
    "/alerts?rule=all",
    "/articles/{id}/captures",
    "/articles/{id}/captures?status=200",
    "/articles/{id}/fetches",
    "/articles/{id}/changes",
]


@pytest.mark.parametrize("path", WALKS)
def test_a_list_by_ones_is_the_list(site, path):
    path = path.replace("{id}", str(furnished().article))
    whole = ask(site, path)
    assert whole["next"] is None
    found, where = [], f"{path}{'&' if '?' in path else '?'}limit=1"
    while where:
        reply = site.get(where if where.startswith(API) else API + where)
        page = reply.json
        assert reply.status == 200, page
        assert len(page["items"]) <= 1
        found += page["items"]
        where = page["next"]
        links = reply.links["next"] if reply.all("link") else []
        assert [uri for uri, _ in links] == ([where] if where else [])
    assert found == whole["items"]


@pytest.mark.parametrize("path", WALKS)
def test_a_cursor_that_is_none_is_refused(site, path):
    path = path.replace("{id}", str(furnished().article))
    other = cursors.write("elsewhere", (1, 2))
    for cursor in ("x", "AAAA", other, "%F0%9F%98%80", "a" * 200):
        ask(site, f"{path}{'&' if '?' in path else '?'}cursor={cursor}", 400)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=3))
def test_a_cursor_leads_where_it_was_made(place):
    assert cursors.read("walk", len(place), cursors.write("walk", tuple(place))) == tuple(place)


@given(st.text(max_size=300) | st.binary(max_size=100).map(lambda raw: raw.hex()))
def test_whatever_else_leads_nowhere(text):
    with pytest.raises(Misuse):
        cursors.read("walk", 2, text)


@pytest.fixture(scope="module")
def database():
    opened = open_database(furnished().home.database_url)
    yield opened
    opened.close()


@settings(max_examples=30, deadline=None)
@given(at=st.integers(-(2**63), 2**63 - 1), number=st.integers(-(2**63), 2**63 - 1))
def test_any_place_can_be_asked_for(database, at, number):
    """Also one that no row can have: a checksum is no secret."""
    with database.read() as connection:
        for walk, name in ((walks.changes, "changes"), (walks.articles, "articles"), (walks.alerts, "alerts")):
            walk(connection, cursor=cursors.write(name, (at, number)))
        walks.takedowns(connection, Wanted(), cursor=cursors.write("takedowns", (at, number % 2, number)))


# The same as the commands.


def printed(*arguments: object, cwd=None) -> list[dict]:
    from click.testing import CliRunner

    from scheduler.cli import stet

    ran = CliRunner().invoke(stet, [*map(str, arguments), "--home", str(furnished().home.root)])
    assert ran.exit_code == 0, ran.output
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_commands_and_api_tell_the_same_rows(site):
    report = furnished().kept.report
    of = f"/articles/{furnished().article}"
    same = {
        ("articles", "--json"): "/articles",
        ("changes", "--json"): "/changes",
        ("changes", report, "--all", "--json"): f"{of}/changes?superseded=true",
        ("fetches", report, "--json"): f"{of}/fetches",
        ("takedowns", "--json"): "/takedowns",
        ("search", "harbour", "--json"): "/search?q=harbour",
        ("search", "--removed", "120", "--json"): "/search?q=120&in=removed",
        ("alerts", "list", "--json"): "/alerts",
        ("channel", "list", "--json"): "/channels",
        ("rule", "list", "--json"): "/rules",
    }
    for command, path in same.items():
        assert (command, ask(site, path)["items"]) == (command, printed(*command))
    assert ask(site, f"{of}/captures")["items"][::-1] == printed("captures", report, "--json")
    assert ask(site, f"{of}/blame") == printed("history", report, "--format", "json")[0]
    change = ask(site, "/changes")["items"][0]
    shown = printed("diff", change["url"], "--change", change["id"], "--format", "json")[0]
    assert ask(site, f"/diff?change={change['id']}") == shown
    [told] = printed("takedowns", furnished().kept.bridge, "--json")
    assert ask(site, f"/articles/{furnished().gone}/standings")["items"] == told["steps"]


# What the calls say.


def test_an_article_is_found_by_any_form_of_its_address(site):
    for url in (
        furnished().kept.report,
        furnished().kept.report.replace("http://herald", "HTTP://Herald") + "#top",
    ):
        [row] = ask(site, f"/articles?url={quote(url, safe='')}")["items"]
        assert row["id"] == furnished().article
    assert ask(site, "/articles?url=http://nowhere.example/")["items"] == []


def test_lists_are_narrowed(site):
    assert [row["url"] for row in ask(site, "/articles?standing=taken_down")["items"]] == [furnished().kept.bridge]
    assert len(ask(site, "/articles?tag=court")["items"]) == 2
    assert ask(site, "/articles?since=2027")["items"] == []
    assert len(ask(site, "/articles?outlet=herald&until=2027")["items"]) == 3
    silent = ask(site, "/changes?stealth=true")["items"]
    assert [row["stealth"] for row in silent] == [True]
    assert [row["stealth"] for row in ask(site, "/changes?stealth=false")["items"]] == [False]
    assert [row["id"] for row in ask(site, "/changes?removed=120&added=12")["items"]] == [silent[0]["id"]]
    assert ask(site, "/changes?language=tr")["items"] == []
    assert ask(site, "/changes?min_weight=1")["items"] == []
    assert {row["kind"] for row in ask(site, "/takedowns?reason=not_found")["items"]} == {"article"}
    assert ask(site, "/takedowns?standing=barred")["items"] == []


def test_a_search_says_what_became_of_the_words(site):
    facets = ask(site, "/search/facets?q=denied")
    assert facets == {"stood": 1, "there": 0, "gone": 1, "removed": 1, "added": 0, "at_least": False}
    assert ask(site, "/search?q=denied&there=true")["items"] == []
    [gone] = ask(site, "/search?q=denied&there=false")["items"]
    assert (gone["article"], gone["still_live"]) == (furnished().article, False)


def test_a_time_line_has_all_that_it_draws(site):
    line = ask(site, f"/articles/{furnished().gone}/timeline")
    assert [run["sighting"] for run in line["sightings"]] == ["present", "unchanged", "not_found"]
    assert sum(run["looks"] for run in line["sightings"]) == len(line["captures"])
    assert [step["after"] for step in line["standings"]] == ["missing", "taken_down"]
    assert {dot["version"] for dot in line["captures"]} == {1, None}
    assert line["cut"] is None
    story = ask(site, f"/articles/{furnished().article}/timeline")
    assert [version["number"] for version in story["versions"]] == [1, 2, 3]
    assert [change["stealth"] for change in story["changes"]] == [False, True]
    assert ask(site, f"/articles/{furnished().article}/timeline?since=2027")["captures"] == []


def test_days_are_told_with_their_sums(site):
    told = ask(site, "/outlets/herald/days?since=2026-03-01&until=2026-03-03")
    assert [day["day"] for day in told["days"]] == ["2026-03-01", "2026-03-02", "2026-03-03"]
    assert (told["edits"], told["stealth"], told["stealth_share"], told["taken_down"]) == (2, 1, 0.5, 1)
    assert ask(site, "/days?since=2026-03-01&until=2026-03-03") == told
    assert ask(site, "/outlets/herald/survival")["points"][0]["at_risk"] == 3


def test_a_capture_leads_to_its_bytes(site):
    capture = ask(site, f"/articles/{furnished().article}/captures")["items"][-1]
    links = ask(site, f"/captures/{capture['id']}")["links"]
    assert all(site.get(where).status == 200 for where in links.values())
    warc = site.get(links["warc"])
    assert warc["content-type"] == "application/warc"
    assert re.fullmatch(r'attachment; filename="capture-\d+-\d{17}\.warc\.gz"', warc["content-disposition"])
    assert site.get(links["wacz"]).body.startswith(b"PK")


def test_nobody_is_shown_a_secret(site, document):
    for path in reads(document):
        said = site.get(API + filled(site, path)).text
        assert not [secret for secret in SECRETS if secret in said]
        assert str(furnished().home.root) not in said
    [desk] = ask(site, "/channels")["items"]
    assert (desk["url"], desk["secret"]) == ("https://hooks.example.org/…", "env:DESK_KEY")


# The document for people.

DOCUMENT = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def test_every_call_stands_in_the_document_for_people(document):
    told = set(re.findall(r"^\| `(/[^`]*)`", DOCUMENT, re.MULTILINE))
    assert told == {path for path in document["paths"] if "get" in document["paths"][path]}


def shape(text: str) -> str:
    """`text` without what differs from one run of the story to the next: milliseconds, and cursors of them."""
    return re.sub(r"cursor=\w+", "cursor=PLACE", re.sub(r":\d\d\.\d{3}Z", ":TIME", text)).strip()


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
def test_the_session_that_is_shown_is_real(site, tmp_path):
    """Each command is run as it stands there, but for where the server listens."""
    (block,) = re.findall(r"```console\n(.*?)```", DOCUMENT, re.DOTALL)
    parts = re.split(r"(?m)^\$ (.*)\n", block)[1:]
    assert len(parts) >= 8
    for command, shown in zip(parts[::2], parts[1::2], strict=True):
        ran = command.replace("http://127.0.0.1:8400", site.base)
        done = subprocess.run(
            ["sh", "-c", ran], capture_output=True, text=True, timeout=20, check=True, cwd=tmp_path
        )
        said = done.stdout.replace(site.base, "http://127.0.0.1:8400").replace("\r\n", "\n")
        assert shape(said) == shape(shown)
