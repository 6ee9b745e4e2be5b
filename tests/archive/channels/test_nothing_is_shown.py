"""No secret is logged, shown or kept in an error, whatever goes wrong with it in hand."""

import logging
import traceback

import pytest
import trustme

from archive.alert_settings import ChannelSettings
from archive.channels import Undelivered, send
from archive.channels.checking import steps
from tests.letters import at_home, message, secrets
from tests.receivers import Hook, Mail, nobody, trusted

CA = trustme.CA()
HUSH = "Hush-7-nobody-sees"


def email(mail, **given):
    values = {"kind": "email", "to": ("desk@example.org",), "sender": "stet@example.org", "server": mail}
    values |= {"name": "desk", "user": "stet", "secret": "env:HUSH", "ca_bundle": "own.pem"}
    return ChannelSettings(**(values | given))


def webhook(base, **given):
    return ChannelSettings(
        kind="webhook", name="hook", url="env:URL", secret="env:HUSH", **given
    ), f"{base}/{HUSH}"


def apprise(port):
    return ChannelSettings(
        kind="apprise", name="chat", url="env:URL"
    ), f"json://{HUSH}:{HUSH}@localhost:{port}/{HUSH}"


def tried(tmp_path, channel, url=""):
    """A try that fails, and a check; all that can be read of the errors, but for our own lines of code."""
    means = {"secrets": secrets(tmp_path, HUSH=HUSH, URL=url), "resolve": at_home, "patience": 5.0}
    with pytest.raises(Undelivered) as caught:
        send(channel, message(), **means)
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=False).format()
    return "".join(shown) + repr(caught.value) + repr(means["secrets"]) + repr(list(steps(channel, **means)))


def test_nothing_is_shown(tmp_path, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # the mail server's own
    trusted(CA, tmp_path / "own.pem")
    found = []
    with Mail(CA, login=True) as mail, Mail(None) as plain, Hook() as hook, nobody() as port:
        found.append(tried(tmp_path, email(mail.server)))  # the password is wrong
        found.append(tried(tmp_path, email(plain.server)))  # no TLS
        found.append(tried(tmp_path, email(f"localhost:{port}")))
        found.append(tried(tmp_path, email(mail.server, ca_bundle="none.pem")))
        hook.ways = [(500, {}), (301, {"Location": f"/{HUSH}"}), (500, {})]
        found.append(tried(tmp_path, *webhook(hook.base)))
        found.append(tried(tmp_path, *webhook(hook.base)))
        found.append(tried(tmp_path, *webhook(f"http://localhost:{port}")))
        found.append(tried(tmp_path, *webhook("http://elsewhere.example")))
        found.append(tried(tmp_path, *webhook(f"nothing:{HUSH}")))
        found.append(tried(tmp_path, *apprise(hook.port)))
        found.append(tried(tmp_path, *apprise(port)))
        found.append(tried(tmp_path, apprise(port)[0], f"slack://{HUSH}"))
    out, err = capfd.readouterr()
    assert all(len(text) > 100 for text in found)
    assert HUSH not in "".join(found) + caplog.text + out + err
    assert "Hush" not in "".join(found) + caplog.text + out + err
