"""One URL, many spellings; one key per capture; and no spelling that brings the house down."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.domain.urls import MAX_LENGTH, InvalidUrl, fetchable, normalise, urlkey
from tests.strategies import ADDRESSES

NORMAL = [
    # RFC 3986 section 6.2.2 and 6.2.3
    ("HTTPS://News.Example.ORG:443/Story", "https://news.example.org/Story"),
    ("http://example.org:80", "http://example.org/"),
    ("http://example.org:8080/a", "http://example.org:8080/a"),
    ("http://example.org./a", "http://example.org/a"),
    ("https://example.org/%7Eann/%e2%82%ac/a%2fb", "https://example.org/~ann/%E2%82%AC/a%2Fb"),
    ("https://example.org/100%/%zz", "https://example.org/100%25/%25zz"),
    ("https://example.org/a/./b/../c/", "https://example.org/a/c/"),
    ("https://example.org/a/%2e%2E/b", "https://example.org/b"),
    ("https://example.org//news///story", "https://example.org/news/story"),
    ("https://example.org/via/http://other.org/x", "https://example.org/via/http://other.org/x"),
    # dirt
    ("  \ufeffhttps://example.org/a\n", "https://example.org/a"),
    ("https://example.org/a\n\tb", "https://example.org/ab"),
    ("https:\\\\example.org\\a", "https://example.org/a"),
    ("https://example.org/a b?c=d e", "https://example.org/a%20b?c=d%20e"),
    ("https://example.org/s?id=1&amp;page=2", "https://example.org/s?id=1&page=2"),
    # names of the world
    ("http://bücher.example/ü", "http://xn--bcher-kva.example/%C3%BC"),
    ("http://faß.de/", "http://xn--fa-hia.de/"),  # UTS 46, not IDNA 2003
    ("https://пример.испытание/новости", "https://xn--e1afmkfd.xn--80akhbyknj4f/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8"),
    ("https://example.org/خبر", "https://example.org/%D8%AE%D8%A8%D8%B1"),
    ("http://[2001:DB8:0:0::1]/a", "http://[2001:db8::1]/a"),
    # fragments
    ("https://example.org/a#comments", "https://example.org/a"),
    ("https://example.org/#!/story/1", "https://example.org/#!/story/1"),
    # tracking off, what names a story stays
    ("https://example.org/a?utm_source=x&UTM_Medium=y&fbclid=z&gclid=1", "https://example.org/a"),
    ("https://example.org/a?", "https://example.org/a"),
    ("https://example.org/?p=123&utm_campaign=x", "https://example.org/?p=123"),
    ("https://example.org/view?newsid=7&cid=9&eid=3&uid=4", "https://example.org/view?cid=9&eid=3&newsid=7&uid=4"),
    ("https://example.org/a?ref=twitter&source=rss&story=5", "https://example.org/a?story=5"),
    ("https://example.org/view?ref=48151623", "https://example.org/view?ref=48151623"),
    ("https://www.theguardian.com/a?CMP=share_btn_tw&page=with:block-1", "https://www.theguardian.com/a"),
    ("https://www.nytimes.com/a.html?smid=tw&unlocked_article_code=1.x", "https://www.nytimes.com/a.html"),
    ("https://example.org/a?token=1&st=2", "https://example.org/a?st=2&token=1"),
    ("https://www.wsj.com/articles/x-1?mod=hp_lead&st=abc", "https://www.wsj.com/articles/x-1"),
    # order: by name, equal names as they came
    ("https://example.org/a?b=2&a=9&b=1", "https://example.org/a?a=9&b=2&b=1"),
    # sessions and cache busters
    ("https://example.org/a;jsessionid=0A1B?id=3", "https://example.org/a?id=3"),
    ("https://example.org/(S(lit3py55t21z5v55vlm25s55))/a.aspx", "https://example.org/a.aspx"),
    ("https://example.org/a?PHPSESSID=5f&sid=0123456789abcdef0123456789abcdef", "https://example.org/a"),
    ("https://example.org/a?sid=77", "https://example.org/a?sid=77"),
    ("https://example.org/a?_=1700000000000", "https://example.org/a"),
    # a final slash stays: an outlet may answer one spelling only
    ("https://example.org/a/", "https://example.org/a/"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "normal"), NORMAL)
def test_the_identity_form(written, normal):
    assert normalise(written) == normal
    assert normalise(normal) == normal


@pytest.mark.parametrize(
    ("link", "absolute"),
    [
        ("/b?x=1", "https://example.org/b?x=1"),
        ("c", "https://example.org/news/c"),
        ("../c", "https://example.org/c"),
        ("//cdn.example.net/d", "https://cdn.example.net/d"),
        ("?page=2", "https://example.org/news/a?page=2"),
    ],
)
def test_links_are_made_absolute(link, absolute):
    assert normalise(link, "https://example.org/news/a") == absolute


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("https://EXAMPLE.org/a?utm_source=x&b=2&a=1#top", "https://example.org/a?utm_source=x&b=2&a=1"),
        ("https://example.org/%7eann/a%2fb", "https://example.org/%7eann/a%2fb"),
        ("https://example.org/ü?q=[1]|2", "https://example.org/%C3%BC?q=[1]|2"),
        ("https://example.org/a?x=100%", "https://example.org/a?x=100%"),
        ("https://bücher.example", "https://xn--bcher-kva.example/"),
    ],
)
def test_what_is_sent_asks_for_the_same_bytes(written, sent):
    assert fetchable(written) == sent


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no http"),
        ("javascript:alert(1)", "no http"),
        ("mailto:desk@example.org", "no http"),
        ("ftp://example.org/a", "no http"),
        ("/relative", "no http"),
        ("http://", "names no host"),
        ("http:///a", "names no host"),
        ("http://.../", "names no host"),
        ("http://a..b/", "host name"),
        ("http://exa mple.org/", "host name"),
        ("http://-x.org/", "host name"),
        (f"http://{'a' * 64}.org/", "host name"),
        ("http://example.org:0/", "port"),
        ("http://example.org:99999/", "port"),
        ("http://example.org:８０/", "port"),
        ("http://bank.example@evil.example/", "user name"),
        ("http://bank.example\\@evil.example/", None),  # browsers go to bank.example, so do we
        ("http://example.org/\x00a", "control"),
        ("http://example.org/\x85a", "control"),
        ("http://2130706433/", "address"),
        ("http://0x7f.1/", "address"),
        ("http://127.1/", "address"),
        ("http://[::1/", "IPv6"),
        ("http://[fe80::1%25eth0]/", "IPv6"),
        ("http://example.org/" + "a" * MAX_LENGTH, "longer"),
        ("http://example.org/" + "é" * (MAX_LENGTH // 3), "longer"),
    ],
)
def test_what_is_no_address_says_why(text, problem):
    if problem is None:
        assert normalise(text).startswith("http://bank.example/")
        return
    with pytest.raises(InvalidUrl, match=problem) as caught:
        normalise(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


#: As the Internet Archive's canonicaliser answers, asked as a separate program.
SURTS = [
    ("http://www.Example.com:80/A/../b/?b=2&a=1#x", "com,example)/b?a=1&b=2"),
    ("https://example.com", "com,example)/"),
    ("http://user:pw@ww2.example.com/", "com,example,ww2)/"),
    ("http://www12.example.com/", "com,example)/"),
    ("http://www.www.x.org/", "org,x,www)/"),
    ("http://www.co.uk", "uk,co)/"),
    ("http://example.com:8080/a", "com,example:8080)/a"),
    ("http://example.com:443/", "com,example:443)/"),
    ("http://example.com:080/a", "com,example)/a"),
    ("http://example.com/a//b///c/", "com,example)/a/b/c"),
    ("http://example.com/a/./b/../../../c", "com,example)/../c"),
    ("http://example.com/%2F/%2e%2E/a", "com,example)/a"),
    ("http://EXAMPLE.com/FOO/Bar?Q=Z&A=b", "com,example)/foo/bar?a=b&q=z"),
    ("http://example.com/a?", "com,example)/a"),
    ("http://example.com/a?b=1&b=0&a", "com,example)/a?a&b=0&b=1"),
    ("http://example.com/a?&&a=1", "com,example)/a?&&a=1"),
    ("http://example.com/%7Efoo/%2525/%25/%zz", "com,example)/~foo/%25/%25/%25zz"),
    ("http://example.com/a b+c?d=e%20f", "com,example)/a%20b+c?d=e%20f"),
    ("http://example.com/\u20ac?x=%E2%82%AC", "com,example)/%e2%82%ac?x=%e2%82%ac"),
    ("http://example.com/%E9/%ff", "com,example)/%e9/%ff"),
    ("http://example.com/?a=%26&b=%3D", "com,example)/?&a=&b=="),
    ("http://example.com/a%3Fb?c%3Fd", "com,example)/a?b?c?d"),
    ("https://B\u00dcCHER.example/\u00dc", "example,xn--bcher-kva)/%c3%9c"),
    ("http://127.0.0.1:8080/a", "1,0,0,127:8080)/a"),
    ("http://[::1]:80/a", "::1)/a"),
    ("http://example.com/?a=1&sid=0123456789abcdef0123456789abcdef&b=2", "com,example)/?a=1&b=2"),
    ("http://example.com/a?PHPSESSID=0123456789abcdef0123456789abcdef", "com,example)/a"),
    ("http://example.com/a?cfid=123&cftoken=456&a=1", "com,example)/a?a=1"),
    ("http://example.com/?sid=abc", "com,example)/?sid=abc"),
    ("http://example.com/(S(0123456789abcdef01234567))/page.aspx", "com,example)/page.aspx"),
    ("http://x.com/(0123456789abcdef01234567)/page.html", "com,x)/(0123456789abcdef01234567)/page.html"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "key"), SURTS)
def test_the_index_key_is_the_one_that_other_readers_compute(url, key):
    assert urlkey(url) == key


RULES = (normalise, fetchable, urlkey)


class TestLaws:
    @settings(max_examples=400, deadline=None)
    @given(ADDRESSES | st.text(max_size=80))
    def test_any_text_gives_a_value_or_invalid_url(self, text):
        for rule in RULES:
            try:
                rule(text)
            except InvalidUrl as error:
                assert error.problem  # noqa: PT017

    @settings(max_examples=400, deadline=None)
    @given(ADDRESSES)
    def test_normal_forms_are_fixed_points(self, text):
        try:
            normal = normalise(text)
        except InvalidUrl:
            return
        assert normalise(normal) == normal
        assert fetchable(fetchable(normal)) == fetchable(normal)
        assert urlkey(normal) == urlkey(normalise(normal))
        assert normal.isascii()
