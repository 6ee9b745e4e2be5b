"""Authorities are reached by the rules that pages are reached by."""

import pytest

from archive.errors import EnvironmentFailed, Misuse
from archive.settings import CrawlSettings
from crawler.lookup import lookup

DETOURS = {"tsa.example:443": "127.0.0.1:8443", "other.example": "localhost"}


def test_where_the_operator_sends_a_host_it_goes_also_into_our_own_network():
    where = lookup(CrawlSettings(connect_to=DETOURS))
    assert where("tsa.example", 443) == ("127.0.0.1", 8443)
    assert where("other.example", 8080)[1] == 8080


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("127.0.0.1", "a loopback address"),
        ("0x7f.1", "a loopback address"),
        ("localhost", "a loopback address"),
        ("10.1.2.3", "a private address"),
        ("169.254.169.254", "a link-local address"),
        ("::1", "a loopback address"),
        ("::ffff:10.0.0.1", "a private address inside an IPv4-mapped address"),
    ],
)
def test_no_name_leads_into_our_own_network(host, words):
    with pytest.raises(Misuse, match=f"is at .*, {words}; nothing is sent there"):
        lookup(CrawlSettings())(host, 80)
    assert lookup(CrawlSettings(allow_private_addresses=True))(host, 80)[1] == 80


def test_public_addresses_are_reached_and_what_is_no_host_is_said():
    assert lookup(CrawlSettings())("93.184.215.14", 80) == ("93.184.215.14", 80)
    assert lookup(CrawlSettings())("2606:2800:21f::1", 443) == ("2606:2800:21f::1", 443)
    with pytest.raises(Misuse, match="is no host name"):
        lookup(CrawlSettings())("a..b", 80)
    with pytest.raises(EnvironmentFailed, match=r"never\.invalid: no address is found"):
        lookup(CrawlSettings())("never.invalid", 80)
