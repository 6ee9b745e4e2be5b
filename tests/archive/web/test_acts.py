"""What a person does over the API and by forms: it is done, refused to readers, and plainly told where wrong."""

import inspect
import json
import re

import pytest
from lxml.html import document_fromstring

from archive.db import alerts, articles, notes, outlets, tags
from archive.domain.rights import Right
from archive.web.deeds import DEEDS
from archive.web.forms import local
from archive.web.pages import words
from tests.acting import Acting
from tests.receivers import Hook


@pytest.fixture
def room(tmp_path, monkeypatch):
    monkeypatch.setenv("DESK_KEY", "a key for tests, and for nothing else")
    with Hook() as hook, Acting(tmp_path / "home", hook).served() as room:
        room.hook = hook
        yield room


def test_articles_over_the_api(room):
    one = room.ids[0]
    assert [room.call("PUT", f"/articles/{one}/tags/court").status for _ in range(2)] == [201, 204]
    with room.database.read() as connection:
        assert tags.of_article(connection, one) == {"court"}
    assert room.call("DELETE", f"/articles/{one}/tags/court").status == 204
    assert room.call("PUT", "/articles/999/tags/court").status == 404
    assert room.call("PUT", f"/articles/{one}/tags/two%20words").status == 400
    assert [room.call("POST", "/articles", {"url": room.url("new")}).status for _ in range(2)] == [201, 200]
    assert room.call("POST", "/articles", {"url": "gopher://x"}).status == 400
    assert room.call("POST", f"/articles/{one}/look").status == 202
    assert room.call("PUT", "/outlets/herald/pause").status == 204
    refused = room.call("POST", f"/articles/{one}/look")
    assert (refused.status, refused["content-type"]) == (409, "application/problem+json")
    assert room.call("DELETE", "/outlets/herald/pause").status == 204


def test_a_note_is_not_overwritten_by_who_read_another(room):
    made = room.call("POST", f"/articles/{room.ids[0]}/notes", {"text": "Who sat?"})
    assert made.status == 201
    for text in ("", "x" * 10_001, "\ud800", "\0", "\u202e"):
        assert room.call("POST", f"/articles/{room.ids[0]}/notes", {"text": text}).status == 400
    where, tag = made["location"].removeprefix("/api/v1"), made["etag"]
    assert room.call("GET", where)["etag"] == tag
    assert room.call("PUT", where, {"text": "Who sat there?"}, If_Match=tag).status == 200
    assert room.call("PUT", where, {"text": "Mine."}, If_Match=tag).status == 412
    assert room.call("DELETE", where, If_Match=tag).status == 412
    assert [room.call("DELETE", where).status for _ in range(2)] == [204, 204]
    assert room.call("GET", where).status == 404


def test_alerts_rules_and_channels_over_the_api(room):
    assert room.call("POST", "/alerts/1/acknowledge").status == 204
    assert json.loads(room.call("POST", "/alerts/acknowledge", {"rule": "all"}).body) == {"count": 2}
    assert json.loads(room.call("POST", "/alerts/retry", {"dead": True}).body) == {"count": 0}
    assert room.call("POST", "/alerts/acknowledge", {}).status == 400
    assert room.call("POST", "/snoozes", {"outlet": "herald", "for": "2h"}).status == 201
    assert room.call("DELETE", "/snoozes?kind=outlet&name=herald").status == 204
    rule = {"channels": ["desk"], "kinds": ["headline"], "min_weight": 0.5}
    made = room.call("POST", "/rules", {"name": "mine", **rule})
    assert made.status == 201
    assert room.call("POST", "/rules", {"name": "mine", **rule}).status == 409
    assert room.call("PUT", "/rules/mine", {"channels": ["desk"]}, If_Match=made["etag"]).status == 200
    assert room.call("PUT", "/rules/mine", rule, If_Match=made["etag"]).status == 412
    assert room.call("PUT", "/rules/all", rule).status == 409  # stands in stet.toml
    words = {"name": "hostages", "channels": ["desk"], "removed": '"taken hostage"'}
    assert json.loads(room.call("POST", "/rules/of-filter", words).body)["removed"] == ["taken hostage*"]
    assert room.call("DELETE", "/rules/mine").status == 204
    assert room.call("DELETE", "/rules/mine").status == 404
    assert json.loads(room.call("POST", "/channels/desk/test").body)["sent"] is True
    assert len(room.hook.taken) == 1
    assert room.call("POST", "/channels/nobody/test").status == 404


def done(reply, word):
    assert (reply.status, reply["location"]) == (303, f"/here?tab=1&done={word}")


def test_forms(room):
    one = room.ids[0]
    done(room.form("tag", article=room.ids, tag="court"), "tagged")
    done(room.form("untag", article=one, tag="court"), "untagged")
    done(room.form("note", article=one, text="Who sat?\r\nWhen?"), "noted")
    with room.database.read() as connection:
        [note] = notes.of_article(connection, one)
        assert tags.of_articles(connection, room.ids) == {room.ids[1]: {"court"}}
    assert (note.text, note.author) == ("Who sat?\nWhen?", "ada")
    done(room.form("note/edit", key=note.key, text="Who?", was=note.version), "edited")
    assert room.form("note/edit", key=note.key, text="Mine", was=note.version).status == 409
    done(room.form("note/remove", key=note.key), "removed")
    done(room.form("acknowledge", alert=[1, 2]), "acknowledged")
    assert room.form("retry", dead=1).status == 404
    done(room.form("snooze", article=one, **{"for": "2h"}), "snoozed")
    done(room.form("unsnooze", scope=f"article:{room.url('a')}"), "woken")
    done(room.form("rule", name="mine", channel="desk", outlet="", removed="one\ntwo", min_weight="0.5"), "ruled")
    done(room.form("rule/filter", name="other", channel="desk", kind="headline", added="killed"), "ruled")
    with room.database.read() as connection:
        assert alerts.rules(connection)["mine"]["removed"] == ["one", "two"]
    done(room.form("rule/remove", name="mine"), "unruled")
    done(room.form("pause", outlet="herald"), "paused")
    assert room.form("look", article=one).status == 409
    done(room.form("resume", outlet="herald"), "resumed")
    done(room.form("look", article=one), "pulled")
    done(room.form("watch", url=f"{room.url('x')}\n{room.url('y')}"), "watched")
    with room.database.read() as connection:
        assert articles.by_url(connection, room.url("y"))
        assert outlets.by_name(connection, "herald")[1].paused is False
    done(room.form("test", channel="desk"), "sent")
    room.hook.ways = [(500, {})]
    assert room.form("test", channel="desk").status == 502


def test_what_is_wrong_is_one_line_and_escaped(room):
    reply = room.form("tag", article=room.ids[0], tag="<script>")
    assert reply.status == 400
    assert b"<script>" not in reply.body
    assert b"is no tag" in reply.body
    for name in DEEDS:
        assert room.form(name).status in (303, 400), name  # 303: all channels are tested
        assert room.form(name, article="x" * 50, alert="-1", key="\ud7ff", **{"for": "long"}).status < 500


GERMAN = {"Accept": "text/html", "Accept-Language": "de"}


def test_a_form_that_is_refused_loses_nothing_of_what_was_written(room):
    """The page of the refusal holds it, in a form that can be sent again once it is mended."""
    reply = room.form("tag", head=GERMAN, article=room.ids, tag='not "a" tag<')
    assert (reply.status, reply["content-language"]) == (400, "de")
    assert "Das ging nicht" in reply.text
    fields = sent_again(reply)
    assert sorted(fields["article"]) == sorted(map(str, room.ids))
    assert (fields["tag"], fields["back"]) == (['not "a" tag<'], ["/here?tab=1"])
    assert ">Zurück</a>" in reply.text
    done(room.form("tag", **{**fields, "tag": "court"}), "tagged")
    rule = {"name": "No Name", "channel": "desk", "removed": "one\ntwo", "kind": ["headline", "names"]}
    again = sent_again(room.form("rule", head=GERMAN, **rule))
    assert {name: again[name] for name in rule} == {
        **{name: [value] for name, value in rule.items() if name != "kind"},
        "kind": ["headline", "names"],
    }
    long = "\n\nWhat <b>was</b> seen &amp; said.\r\n" * 500
    assert sent_again(room.form("note", article=room.ids[0], text=long))["text"] == [long.replace("\r\n", "\n")]


def sent_again(reply) -> dict[str, list[str]]:
    """What a browser would send of the form on the page of a refusal."""
    [form] = [each for each in document_fromstring(reply.text).forms if each.action.startswith("/acts/")]
    found = dict[str, list[str]]()
    for name, value in form.form_values():
        # Browsers pass over a line break that a text area begins with; lxml does not.
        is_area = name in ("text", "url", "removed", "added")
        found.setdefault(name, []).append(value.removeprefix("\n") if is_area else value)
    del found["_token"]
    return found


def test_a_note_that_somebody_else_altered_can_be_copied_and_not_sent_over_theirs(room):
    done(room.form("note", article=room.ids[0], text="Who sat?"), "noted")
    with room.database.read() as connection:
        [note] = notes.of_article(connection, room.ids[0])
    done(room.form("note/edit", key=note.key, text="Ada's words", was=note.version), "edited")
    refused = room.form("note/edit", key=note.key, text="My words", was=note.version, head=GERMAN)
    assert refused.status == 409
    assert "My words" in refused.text
    assert "Noch einmal senden" not in refused.text
    assert "readonly" in refused.text


def test_a_button_that_is_refused_shows_no_form(room):
    refused = room.form("rule/remove", name="nobody", head=GERMAN)
    assert refused.status == 404
    assert "Was Sie geschrieben haben" not in refused.text


def test_what_was_done_is_said_by_our_words_alone(room):
    """`done` in an address is one of our words, or nothing: whoever makes up a link makes up no notice."""
    where = f"/article/{room.ids[0]}"
    tagged = room.get(f"{where}?done=tagged").text
    assert tagged.count('role="status">The tag is set.') == 1
    assert "It was taken down by the police" not in room.get(f"{where}?done=It+was+taken+down+by+the+police").text


def test_every_act_has_words_in_every_language(room):
    said = {word for deed in DEEDS.values() for word in WORD.findall(inspect.getsource(deed))}
    said.add("ruled")  # by what two of them share
    assert said == set(words.DONE)


WORD = re.compile(r'return "([a-z]+)"')


def test_a_reader_may_do_none_of_it(room):
    room.right = Right.READ
    assert {room.form(name).status for name in DEEDS} == {403}
    assert room.call("PUT", f"/articles/{room.ids[0]}/tags/court").status == 403
    assert room.call("POST", "/articles", {"url": room.url("z")}).status == 403
    assert room.call("DELETE", "/outlets/herald/pause").status == 403


@pytest.mark.parametrize("back", ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a\r\nb"])
def test_a_form_leads_nowhere_else(back):
    assert local(back) == "/"
