"""What stands between a reader and a page, as each kind sends it: status, headers, mark-up.

Values in, answers out. Most of these pages are not the outlet's: they come from the firms that guard its
servers, from the networks between, from whoever bought its domain. Each carries the marks by which its kind
is known in the wild (names of headers, cookies and scripts); the sentences are our own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from urllib.parse import quote, urlsplit

from scheduler.newsroom import pages
from scheduler.newsroom.parts import Masthead
from scheduler.newsroom.story import BARRIERS
from scheduler.newsroom.wire import Response

PORTAL = "welcome.lounge-net.example"  #: the host of the captive portal
PORTAL_PATH = "/welcome"

WHOLE_HOST = frozenset({"parked", "captive_portal", "court_block", "provider_block"})
"""In place of every path of a host, robots.txt and feeds too: they come from before the outlet's server."""

NOT_FEEDS = frozenset(BARRIERS) - WHOLE_HOST - {"rate_limit", "maintenance", "forbidden"}
"""Let feeds, sitemaps and pictures through: they are for machines, and nobody guards them."""

_NO_STORE = ("Cache-Control", "private, no-cache, no-store, max-age=0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What a barrier knows of whom it stands before."""

    masthead: Masthead
    path: str
    retry_after: int = 60

    @property
    def host(self) -> str:
        """The outlet's host."""
        return urlsplit(self.masthead.base).hostname or ""

    def number(self, below: int) -> int:
        """A number for ids: the same for the same address, another for others."""
        return sum(ord(c) * (n + 7) for n, c in enumerate(self.host + self.path)) % below


def blocked(kind: str, before: Before) -> Response:
    """The answer of a barrier; of those that replace a whole page, not of paywalls, which show some of it."""
    return _ANSWERS[kind](before)


def portal_page() -> bytes:
    """Where a captive portal leads: the network's own page."""
    return _bare(
        "Welcome to Lounge-Net",
        "<h1>Welcome to our guest network</h1><p>Accept the terms of use to go online.</p>"
        '<form method="post" action="/connect"><input type="checkbox" name="terms"> I accept'
        '<input type="hidden" name="mac" value="02:00:00:00:00:01"><button>Connect</button></form>',
    )


def _bare(title: str, body: str, head: str = "", *, language: str = "en") -> bytes:
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head><meta charset="utf-8"><title>{title}</title>\n'
        f'<meta name="robots" content="noindex,nofollow">{head}</head>\n<body>{body}</body></html>\n'
    ).encode()


def _refusal(status: int, body: bytes, *headers: tuple[str, str]) -> Response:
    return Response(status=status, body=body, headers=(*headers, _NO_STORE))


# Of the outlet itself.


def _redirected(kind: str) -> Callable[[Before], Response]:
    def answer(before: Before) -> Response:
        location = f"{before.masthead.base}/{kind}?return={quote(before.path, safe='')}"
        body = f'<html><head><title>Moved</title></head><body><a href="{location}">Moved</a></body></html>\n'
        return Response(status=302, body=body.encode(), headers=(("Location", location),))

    return answer


def _consent_page(before: Before) -> Response:
    masthead, labels = before.masthead, before.masthead.labels
    main = (
        f'<div id="cmp-wall" role="dialog" aria-modal="true"><h1>{labels.cookies}</h1>'
        f"<p>{masthead.absences.consent}.</p><button>{labels.accept}</button>"
        f'<a href="/privacy">{labels.privacy}</a></div>'
    )
    return Response(body=_bare(escape(masthead.title), main, language=masthead.language))


def _login_page(before: Before) -> Response:
    masthead, labels = before.masthead, before.masthead.labels
    form = (
        f'<form class="sign-in" method="post" action="/login"><h1>{labels.sign_in}</h1>'
        f'<p>{masthead.absences.sign_in}.</p><input type="email" name="email" autocomplete="username">'
        '<input type="password" name="password" autocomplete="current-password">'
        f"<button>{labels.sign_in}</button></form>"
    )
    return Response(body=pages.document(masthead, labels.sign_in, form).encode())


def _geo(before: Before) -> Response:
    return Response(status=451, body=pages.notice(before.masthead, before.masthead.labels.region).encode())


def _geo_page(before: Before) -> Response:
    return Response(status=403, body=pages.notice(before.masthead, before.masthead.labels.region).encode())


def _rate_limit(before: Before) -> Response:
    wait = (("Retry-After", str(before.retry_after)),)
    return Response(status=429, body=b"Too Many Requests\n", content_type="text/plain", headers=wait)


def _forbidden(before: Before) -> Response:
    del before
    body = b"<html>\n<head><title>403 Forbidden</title></head>\n<body><center><h1>403 Forbidden</h1></center>\n"
    return Response(status=403, body=body + b"<hr><center>nginx</center>\n</body>\n</html>\n")


def _maintenance(status: int) -> Callable[[Before], Response]:
    def answer(before: Before) -> Response:
        said, wait = before.masthead.absences.maintenance, ("Retry-After", "3600")
        title = escape(before.masthead.title)
        body = _bare(title, f"<h1>{title}</h1><p>{said}.</p>", language=before.masthead.language)
        return _refusal(status, body, *((wait,) if status == 503 else ()))

    return answer


def _script_shell(before: Before) -> Response:
    masthead = before.masthead
    head = '<script defer src="/static/app.3f9ac1.js"></script><link rel="stylesheet" href="/static/app.css">'
    body = '<noscript>JavaScript</noscript><div id="root"></div>'
    return Response(body=_bare(escape(masthead.title), body, head, language=masthead.language))


def _meta_refresh(before: Before) -> Response:
    where = f"{before.masthead.base}/ad-break?next={quote(before.path, safe='')}"
    head = f'<meta http-equiv="refresh" content="5;url={where}">'
    return Response(body=_bare("Redirecting", f'<p>One moment. <a href="{where}">Go on</a></p>', head))


# Of the firms that keep robots out.


def _cloudflare(before: Before) -> Response:
    ray = f"{before.number(16**9):016x}-AMS"
    return _refusal(
        403,
        pages.challenge(before.masthead).encode(),
        ("Server", "cloudflare"),
        ("cf-mitigated", "challenge"),
        ("CF-RAY", ray),
    )


def _cloudflare_block(before: Before) -> Response:
    ray = f"{before.number(16**9):016x}"
    body = (
        '<div id="cf-wrapper"><div id="cf-error-details"><h1>Sorry, you have been blocked</h1>'
        f"<h2>You cannot visit {before.host}</h2><p>The site's guard has taken your visit for an attack.</p>"
        f"<p>Cloudflare Ray ID: <strong>{ray}</strong></p></div></div>"
        '<script src="/cdn-cgi/styles/main.js"></script>'
    )
    page = _bare("Attention Required! | Cloudflare", body)
    return _refusal(403, page, ("Server", "cloudflare"), ("CF-RAY", f"{ray}-AMS"))


def _akamai(before: Before) -> Response:
    reference = f"18.{before.number(16**7):08x}.1767225600.{before.number(16**6):07x}"
    body = (
        f"<h1>Access Denied</h1>\nYou are not allowed to see this page on this server.<p>Reference #{reference}\n"
        f"<p>https://errors.edgesuite.net/{reference}"
    )
    page = f"<html><head>\n<title>Access Denied</title>\n</head><body>\n{body}\n</body>\n</html>\n"
    return _refusal(403, page.encode(), ("Server", "AkamaiGHost"), ("Mime-Version", "1.0"))


def _datadome(before: Before) -> Response:
    ids = f"'cid':'{before.number(16**9):x}','hsh':'{before.number(16**8):X}'"
    body = (
        '<p id="cmsg">This page opens in a browser with scripts only</p>'
        f"<script>var dd={{'rt':'c',{ids},'host':'geo.captcha-delivery.com'}}</script>"
        '<script src="https://ct.captcha-delivery.com/c.js"></script>'
    )
    cookie = f"datadome={before.number(16**9):x}; Max-Age=31536000; Path=/; Secure; SameSite=Lax"
    return _refusal(
        403, _bare(before.host, body), ("Server", "DataDome"), ("X-DataDome", "protected"), ("Set-Cookie", cookie)
    )


def _perimeterx(before: Before) -> Response:
    body = (
        '<div class="container"><h1>Press and hold</h1><p>We must know that no machine is asking.</p>'
        f'<div id="px-captcha"></div><p>Reference ID {before.number(16**8):08x}</p></div>'
        "<script>window._pxAppId='PXnewsroom';window._pxJsClientSrc='/newsroom/init.js';</script>"
        '<script src="https://captcha.px-cdn.net/PXnewsroom/captcha.js"></script>'
    )
    return _refusal(403, _bare("Access to this page has been denied", body), ("X-PX-Authorization", "1"))


def _aws_waf(before: Before) -> Response:
    body = (
        '<div id="challenge-container"></div><script>window.awsWafCookieDomainList=[];window.gokuProps='
        f'{{"key":"{before.number(16**9):x}"}};</script>'
        '<script src="https://newsroom.edge.sdk.awswaf.com/newsroom/challenge.js"></script>'
        "<script>AwsWafIntegration.getToken().then(()=>window.location.reload());</script>"
        "<noscript><h1>JavaScript is off</h1>Turn it on and load the page again.</noscript>"
    )
    return _refusal(202, _bare("", body), ("Server", "CloudFront"), ("x-amzn-waf-action", "challenge"))


def _imperva(before: Before) -> Response:
    incident = f"{before.number(10**12)}-{before.number(10**15)}"
    frame = f"/_Incapsula_Resource?SWUDNSAI=31&xinfo=9-{before.number(10**8)}-0&incident_id={incident}&edet=12"
    page = (
        '<html style="height:100%"><head><META NAME="ROBOTS" CONTENT="NOINDEX, NOFOLLOW"></head>'
        f'<body style="margin:0"><iframe id="main-iframe" src="{escape(frame)}" frameborder=0 width="100%">'
        f"Request unsuccessful. Incapsula incident ID: {incident}</iframe></body></html>\n"
    )
    cookie = f"visid_incap_{before.number(10**7)}={before.number(16**9):x}; Path=/; HttpOnly"
    return _refusal(200, page.encode(), ("X-CDN", "Imperva"), ("X-Iinfo", f"9-{incident}"), ("Set-Cookie", cookie))


def _sucuri(before: Before) -> Response:
    body = (
        "<noscript>Javascript is required. Please enable javascript before you go on.</noscript>"
        f"<script>var sucuri_cloudproxy_js='',S='{before.number(16**9):x}';location.reload();</script>"
    )
    return _refusal(
        200, _bare("You are being redirected...", body), ("Server", "Sucuri/Cloudproxy"), ("X-Sucuri-ID", "19016")
    )


def _captcha(before: Before) -> Response:
    said = before.masthead.absences.human
    body = (
        f'<form method="post"><h1>{said}</h1><div class="g-recaptcha" data-sitekey="newsroom"></div>'
        '<button>OK</button></form><script src="https://www.google.com/recaptcha/api.js" async defer></script>'
    )
    return _refusal(200, _bare("reCAPTCHA", body, language=before.masthead.language))


# Of others, in place of all that the host answered.


def _parked(before: Before) -> Response:
    words = ("news online", "cheap flights", "car insurance", "web hosting", "loans without papers", "real estate")
    links = "".join(f'<li><a href="/?kw={quote(word)}&amp;tk=1">{word}</a></li>' for word in words)
    body = (
        f'<h1>{before.host}</h1><p><a href="https://market.domains.example/{before.host}">This domain name may be '
        f"for sale. Make an offer to its owner.</a></p><h2>Related searches</h2><ul>{links}</ul>"
        "<p>The links above are advertisements. The owner of the domain has no part in them.</p>"
        '<script src="https://img.sedoparking.com/templates/js/park.js"></script>'
    )
    return Response(body=_bare(f"{before.host} – this website is for sale!", body))


def _captive_portal(before: Before) -> Response:
    del before
    location = f"http://{PORTAL}{PORTAL_PATH}"
    return Response(status=302, headers=(("Location", location), ("Cache-Control", "no-store")))


def _court_block(before: Before) -> Response:
    number = f"2026/{1000 + before.number(9000)}"
    body = (
        f"<h1>{before.host}</h1><p>Bu internet sitesine erişim, 5651 sayılı Kanun uyarınca Sulh Ceza Hâkimliğinin "
        f"02/03/2026 tarihli ve {number} D. İş sayılı kararıyla engellenmiştir.</p>"
        f"<p>Access to this website has been blocked by decision {number} of a court under Law No. 5651.</p>"
    )
    return Response(body=_bare("Erişim engellendi", body, language="tr"))


def _provider_block(before: Before) -> Response:
    body = (
        "<h1>Доступ ограничен</h1><p>Уважаемый абонент! Доступ к запрашиваемому ресурсу "
        f"<b>{before.host}</b> заблокирован оператором связи: сетевой адрес внесён в Единый реестр запрещённых "
        "сайтов.</p><p>Access to this resource is blocked by your provider by order of the authorities.</p>"
    )
    return Response(body=_bare("Доступ ограничен", body, language="ru"))


_ANSWERS: dict[str, Callable[[Before], Response]] = {
    "consent": _redirected("consent"),
    "consent_page": _consent_page,
    "login": _redirected("login"),
    "login_page": _login_page,
    "bot": _cloudflare,
    "cloudflare_block": _cloudflare_block,
    "akamai": _akamai,
    "datadome": _datadome,
    "perimeterx": _perimeterx,
    "aws_waf": _aws_waf,
    "imperva": _imperva,
    "sucuri": _sucuri,
    "captcha": _captcha,
    "geo": _geo,
    "geo_page": _geo_page,
    "rate_limit": _rate_limit,
    "forbidden": _forbidden,
    "maintenance": _maintenance(503),
    "maintenance_page": _maintenance(200),
    "script_shell": _script_shell,
    "meta_refresh": _meta_refresh,
    "parked": _parked,
    "captive_portal": _captive_portal,
    "court_block": _court_block,
    "provider_block": _provider_block,
}
