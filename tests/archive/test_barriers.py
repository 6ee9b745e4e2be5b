"""What stands between a reader and a page: told by its marks and few words, and never by words alone."""

from __future__ import annotations

import pytest

from archive.domain.barriers import barrier
from archive.extraction import extract

URL = "https://herald.example/world/bridge"
HTML = ("Content-Type", "text/html; charset=utf-8")


def met(markup="", *, status=200, headers=(), url=URL):
    page = extract(markup.encode(), url=url, content_type=HTML[1]) if markup else None
    return barrier(status=status, headers=(HTML, *headers), markup=markup, url=url, page=page)


def short(title, *paragraphs, head="", foot=""):
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return f"<html><head><title>{title}</title>{head}</head><body>{body}{foot}</body></html>"


@pytest.mark.parametrize(
    ("status", "header", "who"),
    [
        (403, ("CF-Mitigated", "challenge"), "Cloudflare"),
        (200, ("cf-mitigated", "challenge"), "Cloudflare"),
        (202, ("x-amzn-waf-action", "challenge"), "AWS WAF"),
        (405, ("X-Amzn-Waf-Action", "captcha"), "AWS WAF"),
        (403, ("X-Vercel-Mitigated", "challenge"), "Vercel"),
        (202, ("SG-Captcha", "challenge"), "SiteGround"),
        (404, ("cf-mitigated", "challenge"), "Cloudflare"),
    ],
)
def test_a_header_that_says_challenge_is_certain_whatever_the_page_and_status(status, header, who):
    found = met(short("Bridge closed", "word " * 900), status=status, headers=[header])
    assert (found.kind, found.sure) == ("bot_challenge", True)
    assert who in found.why


STORY = "<article>" + "<p>Engineers warned the council of cracks in the old bridge before it was closed.</p>" * 30


@pytest.mark.parametrize(
    "beside",
    [
        "<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>",
        "<script>window.__CF$cv$params={r:'9'}</script>",
        "<a href='/login'>Log in</a><form><input type=password></form>",
        "<div id=onetrust-banner-sdk><p>We and our partners use cookies</p><b>Accept all</b></div>",
        "<script src='https://cdn.cookielaw.org/scripttemplates/otSDKStub.js'></script>",
        "<script src='https://js.datadome.co/tags.js'></script>",
        "<p>The court ordered that access to this site has been blocked.</p>",
        "<p>The page was not found, and the domain is for sale.</p>",
        "<noscript>Please enable JavaScript to see the comments</noscript>",
        "<div class=g-recaptcha></div>",
        "<p>Subscribe to continue reading our newsletters</p>",
        "<p>503 Service Unavailable, said the ministry's site, which is under maintenance.</p>",
    ],
)
def test_a_story_is_no_barrier_whatever_stands_beside_it(beside):
    assert met(f"<html><title>Bridge closed</title><body>{beside}{STORY}</article></body></html>") is None


@pytest.mark.parametrize(
    ("kind", "markup"),
    [
        ("parked_domain", "<html data-adblockkey='MFww'><body><div id=target></div></body></html>"),
        ("parked_domain", short("herald.example", "The domain name herald.example is for sale. Make an offer.")),
        ("interstitial", "<meta http-equiv=refresh content='0; url=/elsewhere'><title>Moved</title>"),
        ("maintenance", short("Back soon", "The site is down for maintenance. We will be back shortly.")),
        ("server_error", short("Database Error", "Error establishing a database connection")),
        ("forbidden", short("403 Forbidden", "nginx")),
        ("rate_limit", short("Too many requests", "You have sent too many requests. Slow down.")),
        ("login", short("Log in", "Log in to go on.", foot="<form><input type='password' name=p></form>")),
        ("no_text", "<html><body><div id='root'></div><script src=/main.js></script></body></html>"),
        ("geo_block", short("Sorry", "This page is not available in your country.")),
        ("geo_block", short("451", "Due to the GDPR we cannot grant access from the European Economic Area.")),
        (
            "court_or_provider_block",
            short("Stop", "Access to this website has been blocked by order of the court."),
        ),
        ("court_or_provider_block", short("Gesperrt", "Der Zugang zu dieser Seite wurde gesperrt.")),
        ("court_or_provider_block", short("", "Доступ к этому сайту заблокирован по решению суда.")),
        ("paywall", short("Bridge closed", "Subscribe to continue reading this article.")),
    ],
)
def test_a_page_with_little_else_to_read_is_what_it_says(kind, markup):
    assert met(markup).kind == kind


def test_not_found_is_no_wall_but_may_be_a_challenge():
    assert met(short("404", "Page not found. Log in to search.", foot="<input type=password>"), status=404) is None
    assert met(short("Just a moment...", foot="<script>window._cf_chl_opt={}</script>"), status=404) is not None
