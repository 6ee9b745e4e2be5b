"""E-mail, to a real mail server that takes, refuses, hangs and drops."""

import email
import email.policy
import smtplib
import socket
import threading

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.alert_settings import ChannelSettings
from archive.channels import Undelivered
from archive.channels import email as by_email
from archive.channels import send as send_by
from tests.letters import AT, at_home, message, secrets
from tests.receivers import PASSWORD, USER, Mail, nobody, trusted

CA = trustme.CA()
DESK = "desk@example.org"


def channel(mail=None, **given) -> ChannelSettings:
    values = {
        "kind": "email",
        "name": "desk",
        "to": (DESK,),
        "sender": "stet@example.org",
        "server": mail.server if mail else "localhost",
    }
    return ChannelSettings(**(values | given))


@pytest.fixture
def bundle(tmp_path):
    return trusted(CA, tmp_path / "ca.pem")


def send(settings: ChannelSettings, folder, letter=None, *, patience=20.0, **environ):
    means = {"secrets": secrets(folder, **environ), "resolve": at_home, "patience": patience}
    send_by(settings, letter or message(), **means)


def undelivered(settings, folder, *args, **given) -> Undelivered:
    with pytest.raises(Undelivered) as caught:
        send(settings, folder, *args, **given)
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_message_goes_out_under_tls_with_login_and_arrives_whole(tmp_path, bundle):
    with Mail(CA, login=True) as mail:
        to = (DESK, "night@example.org")
        desk = channel(mail, to=to, user=USER, secret="env:DESK_PASSWORD", ca_bundle=bundle)
        send(desk, tmp_path, DESK_PASSWORD=PASSWORD)
    letter, envelope = mail.taken[0], mail.envelopes[0]
    assert mail.encrypted == [True]
    assert envelope.rcpt_tos == list(to)
    assert envelope.mail_from == "stet@example.org"
    assert letter["Subject"] == "The Herald changed “denied” to “confirmed”"
    assert letter["Message-ID"] == "<0f3a-1@example.org>"
    assert letter["Date"].datetime == AT.replace(microsecond=0)
    assert letter["To"] == ", ".join(to)
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Id"] == "<denials.stet.example.org>"
    text, html = letter.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content() == "The minister [-denied-] {+confirmed+} it.\n"
    assert "<del>denied</del>" in html.get_content()
    assert envelope.content.isascii()


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # STARTTLS is meant
def test_tls_from_the_first_byte(tmp_path, bundle):
    with Mail(CA, implicit=True, login=True) as mail:
        desk = channel(mail, tls="tls", user=USER, secret="env:P", ca_bundle=bundle)
        send(desk, tmp_path, P=PASSWORD)
    assert len(mail.taken) == 1


def test_a_server_on_this_machine_needs_no_tls(tmp_path):
    with Mail(None) as mail:
        send(channel(mail, tls="none"), tmp_path)
    assert mail.encrypted == [False]


def test_the_authorities_of_the_crawl_count_for_mail_too(tmp_path, bundle):
    with Mail(CA) as mail:
        means = {"secrets": secrets(tmp_path), "resolve": at_home, "patience": 20}
        send_by(channel(mail), message(), ca_bundle="ca.pem", **means)
    assert mail.encrypted == [True]


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_gets_nothing(tmp_path, tls):
    with Mail(CA, implicit=tls == "tls") as mail:
        why = undelivered(channel(mail, tls=tls), tmp_path)
    assert "certificate is not trusted" in why.why
    assert not why.permanent
    assert mail.asked == mail.taken == []


def test_a_certificate_of_another_host_gets_nothing(tmp_path, bundle):
    with Mail(CA) as mail:
        desk = channel(mail, server=mail.server.replace("localhost", "127.0.0.1"), ca_bundle=bundle)
        assert "certificate is not trusted" in undelivered(desk, tmp_path).why
    assert mail.taken == []


def test_where_tls_is_not_offered_nothing_goes_in_the_clear(tmp_path):
    with Mail(None) as mail:
        why = undelivered(channel(mail, tls="starttls"), tmp_path)
    assert "STARTTLS" in why.why
    assert mail.asked == []


def test_a_wrong_password_is_told_without_it_and_may_be_corrected(tmp_path, bundle):
    with Mail(CA, login=True) as mail:
        desk = channel(mail, user=USER, secret="env:P", ca_bundle=bundle)
        why = undelivered(desk, tmp_path, P="Wrong-but-secret")
        assert "takes neither user nor password: 535" in why.why
        assert not why.permanent
        assert "Wrong-but-secret" not in str(why)
        send(desk, tmp_path, P=PASSWORD)
    assert len(mail.taken) == 1


def test_a_password_that_cannot_be_sent_is_not_shown(tmp_path, bundle):
    with Mail(CA, login=True) as mail:
        desk = channel(mail, user=USER, secret="env:P", ca_bundle=bundle)
        why = undelivered(desk, tmp_path, P="Paßwort")
    assert "not of ASCII" in why.why
    assert "Paß" not in str(why)


REFUSALS = [
    ({"rcpt": "451 4.7.1 Greylisted"}, "451 4.7.1 Greylisted", False),
    ({"rcpt": "550 5.1.1 No such user"}, "550 5.1.1 No such user", True),
    ({"data": "452 4.3.1 Full"}, "452 4.3.1 Full", False),
    ({"data": "554 5.7.1 Spam"}, "554 5.7.1 Spam", True),
    ({"rcpt": "421 4.3.2 Closing"}, "421 4.3.2 Closing", False),
]


@pytest.mark.parametrize(("ways", "words", "permanent"), REFUSALS)
def test_what_is_refused_for_now_is_told_from_what_is_refused_for_good(tmp_path, bundle, ways, words, permanent):
    with Mail(CA) as mail:
        desk = channel(mail, ca_bundle=bundle)
        mail.ways = ways
        why = undelivered(desk, tmp_path, message(words))
        assert words in why.why
        assert why.permanent is permanent
        assert mail.taken == []
        mail.ways = {}
        send(desk, tmp_path, message(words))
        assert len(mail.taken) == 1


def test_a_full_mailbox_keeps_nobody_else_from_being_told_and_nobody_is_told_twice(tmp_path, bundle):
    with Mail(CA) as mail:
        desk = channel(mail, to=(DESK, "full@example.org"), ca_bundle=bundle)
        mail.ways = {"full@example.org": "452 4.2.2 Mailbox full"}
        why = undelivered(desk, tmp_path, message("two"))
        assert "full@example.org: 452 4.2.2 Mailbox full" in why.why
        assert not why.permanent
        assert [envelope.rcpt_tos for envelope in mail.envelopes] == [[DESK]]
        undelivered(desk, tmp_path, message("two"))
        mail.ways = {}
        send(desk, tmp_path, message("two"))
        assert [envelope.rcpt_tos for envelope in mail.envelopes] == [[DESK], ["full@example.org"]]
        assert mail.taken[0]["Message-ID"] == mail.taken[1]["Message-ID"]


def test_one_who_is_gone_for_good_is_told_when_the_others_have_it(tmp_path, bundle):
    with Mail(CA) as mail:
        desk = channel(mail, to=("gone@example.org", DESK), ca_bundle=bundle)
        mail.ways = {"gone@example.org": "550 5.1.1 No such user"}
        assert undelivered(desk, tmp_path, message("three")).permanent
        assert [envelope.rcpt_tos for envelope in mail.envelopes] == [[DESK]]


def test_a_server_that_hangs_is_not_waited_for(tmp_path, bundle):
    with Mail(CA) as mail:
        mail.ways = {"data": "hang"}
        why = undelivered(channel(mail, ca_bundle=bundle), tmp_path, message("hung"), patience=1.0)
    assert "no answer in time" in why.why
    assert not why.permanent


def test_a_server_that_drops_the_line_after_the_message_is_tried_again_with_the_same_id(tmp_path, bundle):
    with Mail(CA) as mail:
        desk = channel(mail, ca_bundle=bundle)
        mail.ways = {"data": "drop"}
        assert not undelivered(desk, tmp_path, message("dropped")).permanent
        mail.ways = {}
        send(desk, tmp_path, message("dropped"))
        first, second = mail.taken
        assert first["Message-ID"] == second["Message-ID"] == "<dropped@example.org>"


def test_nobody_there(tmp_path):
    with nobody() as port:
        assert "refused" in undelivered(channel(server=f"localhost:{port}"), tmp_path).why
    assert undelivered(channel(server="mail.invalid"), tmp_path).why.startswith("mail.invalid: ")


def parsed(**given):
    return email.message_from_bytes(
        by_email.written(channel(), message(**given)).as_bytes(), policy=email.policy.default
    )


WORDS = "الوزير ينفي التقرير — Minister: “nein” 大臣は否定 🗞 "


@given(subject=st.text(max_size=300) | st.text("aé\r\n: ,<>@=?ـ大", max_size=200), text=st.text(max_size=200))
@settings(deadline=None, max_examples=150)
def test_no_word_of_a_page_makes_a_header_and_what_is_written_is_read(subject, text):
    given = {"subject": subject, "text": text, "html": text}
    written = parsed(**given)
    assert written.keys() == parsed(subject="plain").keys()
    lines = by_email.written(channel(), message(**given)).as_bytes().split(b"\r\n")
    assert all(len(line) <= 998 and line.isascii() for line in lines)  # RFC 5322 section 2.1.1
    words = "".join(c for c in " ".join(subject.split()) if c.isprintable()).split()
    assert "".join("".join(written["Subject"].split())).startswith("".join(words)[:20].strip()[:10])


def test_long_subjects_of_any_script_are_read_as_they_were_written():
    for length in (1, 40, 80, 240):
        subject = (WORDS * 8)[:length].strip()
        assert parsed(subject=subject)["Subject"] == subject


def test_arabic_and_long_lines_come_through():
    text = f"{WORDS * 40}\n[-ينفي-] {{+يؤكد+}}\n"
    assert parsed(text=text).get_body(("plain",)).get_content() == text.replace("\n", "\r\n")


def test_a_rule_and_a_key_of_odd_characters_make_no_header():
    written = parsed(key="a b>\r\nBcc: x@y", rule="rule\nof")
    assert "Bcc" not in written
    assert "@example.org>" in written["Message-ID"]


def test_a_server_that_speaks_no_smtp(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            peer, _ = server.accept()
            with peer:
                peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        desk = channel(server=f"localhost:{server.getsockname()[1]}")
        assert not undelivered(desk, tmp_path).permanent
        thread.join()


def test_the_library_still_takes_a_connection_that_is_there_already():
    """`_get_socket` is where smtplib's own subclass connects, and so do we."""
    assert smtplib.SMTP_SSL._get_socket is not smtplib.SMTP._get_socket
