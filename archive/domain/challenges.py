"""Who keeps robots out, and by what marks it is known. Pure.

Knows the headers, cookies, scripts and sentences of challenges, one row a vendor. Refuses marks that such services
leave on ordinary pages too: Cloudflare puts `/cdn-cgi/challenge-platform/` into what it lets through.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import regex

from archive.domain.books import either
from archive.domain.looks import Looks

#: A challenge has fewer words than this, footers and advice included: the longest of the Cloudflare pages
#: 2015 to 2021 has 140.
FEW = 250

#: What a page without a text may have: a title, "please wait", a footer.
BARE = 25

_REFUSING: Final = frozenset({401, 403, 405, 406, 412, 418, 429, 456, 498, 503})


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """A service that stands before a site."""

    name: str
    headers: tuple[tuple[str, str], ...] = ()  #: name and part of the value: certain by themselves
    marks: regex.Pattern[str] | None = None  #: a pattern over the markup of a page with few words
    behind: Callable[[Looks], bool] | None = None  #: whether an answer came through it
    says: regex.Pattern[str] | None = (
        None  #: a pattern over the few words of a page that came through it, or that refuses
    )


def _served_by(*names: str) -> Callable[[Looks], bool]:
    return lambda seen: seen.header("server").startswith(names)


VENDORS: Final = (
    Vendor(
        name="Cloudflare",
        headers=(("cf-mitigated", ""), ("cf-chl-bypass", "")),
        marks=either(r"""
            _cf_chl_opt|cf_chl_(?:prog|opt|f_tk|jschl|captcha|managed|rt_tk)|jschl[-_](?:vc|answer)
            cf-browser-verification|cf-im-under-attack
            id=[\"']?(?:challenge-form|challenge-running|challenge-error-title|cf-challenge)
            /cdn-cgi/l/chk_(?:jschl|captcha)|cdn-cgi/challenge-platform/h/[a-z]/orchestrate|cf-captcha-container
            /cdn-cgi/bm/cv/[\s\S]{0,300}<body>\s*<script|cf-error-details|cf\.errors\.css|cdn-cgi/styles/challenges
        """),
        behind=lambda seen: seen.header("server") == "cloudflare" or bool(seen.header("cf-ray")),
        says=either(r"""
            just a moment\b|attention required|checking (?:if the site connection is secure|your browser)
            verif(?:y|ies|ying) (?:that )?you are (?:a )?human|ray id|you have been blocked|access denied
            please wait|error code:? 10[012]\d
        """),
    ),
    Vendor(
        name="Akamai",
        marks=either(r"""
            errors\.edgesuite\.net|reference\s*(?:&#32;|&#35;|#|\s)+[0-9]+(?:\.|&#46;)[0-9a-f]+(?:\.|&#46;)\d{6,}
            sec-if-cpt-container|sec-bc-tile-container|sec-cpt-if|/_sec/cp_challenge|akam-sw-policy|bm-verify=
        """),
        behind=lambda seen: "akamaighost" in seen.header("server") or "akamainetstorage" in seen.header("server"),
        says=either(r"""
            access denied|you don't have permission|invalid url|reference #
        """),
    ),
    Vendor(
        name="DataDome",
        headers=(("x-dd-b", ""),),
        marks=either(r"""
            (?:geo|ct|interstitial)\.captcha-delivery\.com|\bdd\s*=\s*\{\s*[\"']?(?:cid|rt|hsh)\b
        """),
        behind=lambda seen: seen.cookie("datadome=") or bool(seen.header("x-datadome")),
        says=either(r"""
            enable js|captcha|access (?:is )?(?:denied|blocked|temporarily restricted)|unusual activity|robot
        """),
    ),
    Vendor(
        name="HUMAN (PerimeterX)",
        marks=either(r"""
            px-captcha|_pxappid|captcha\.px-c(?:loud|dn)\.net|/captcha/captcha\.js\?a=c&(?:amp;)?u=|_pxuuid
            human-challenge
        """),
        behind=lambda seen: seen.cookie("_px", "pxcts", "_pxhd"),
        says=either(r"""
            press & hold|access to this page has been denied|are you (?:a )?(?:human|robot)|robot or human
        """),
    ),
    Vendor(
        name="AWS WAF",
        headers=(("x-amzn-waf-action", ""),),
        marks=either(r"""
            awswafintegration|awswafcookiedomainlist|window\.gokuprops
            \.awswaf\.com/[^\"'\s]{0,200}(?:challenge|captcha)
            id=[\"']?captcha-container[\"'>][\s\S]{0,4000}awswaf
        """),
        behind=_served_by("awselb", "cloudfront"),
        says=either(r"""
            request blocked|request could not be satisfied|human verification|verify that you're not a robot
        """),
    ),
    Vendor(
        name="Imperva",
        marks=either(r"""
            incapsula incident|_incapsula_resource\?[^\"'\s<>]*(?:cwudnsai|incident_id|edet=|swudnsai)
            powered by (?:<[^<>]*>)*incapsula|pardon our interruption|imperva_captcha
            errorcode[\"'>\s:]+(?:15|16|17|18)\b[\s\S]{0,500}incapsula
        """),
        behind=lambda seen: bool(seen.header("x-iinfo")) or seen.cookie("incap_ses", "visid_incap", "nlbi_"),
        says=either(r"""
            request unsuccessful|pardon our interruption|access denied|captcha|additional security check
        """),
    ),
    Vendor(
        name="Sucuri",
        headers=(("x-sucuri-block", ""),),
        marks=either(r"""
            sucuri website firewall|sucuri_cloudproxy_js|cloudproxy\.sucuri\.net|sucuri\.net/privacy-policy\?ut
        """),
        behind=lambda seen: seen.header("server").startswith("sucuri") or bool(seen.header("x-sucuri-id")),
        says=either(r"""
            access denied|you are being redirected|javascript is required|block (?:id|reason)
        """),
    ),
    Vendor(
        name="Kasada",
        marks=either(r"""
            kpsdk\.(?:configure|start|scriptstart)|/149e9513-01fa-4fb0-aad4-566afd725d1b/
            ips\.js\?[^\"'\s]*kp_uidz|kp_uidz=
        """),
        behind=lambda seen: any(name.startswith("x-kpsdk") for name, _ in seen.headers),
        says=either(r"^$|\brobot|captcha"),
    ),
    Vendor(
        name="F5",
        marks=either(r"""
            /tspd/[0-9a-f]{8,}|window\[[\"']bobcmp[\"']\]|bobcmd|id=[\"']?message_about_support_id
            apm_do_not_touch
        """),
        behind=lambda seen: seen.cookie("ts01", "tspd", "bigipserver") or "big-ip" in seen.header("server"),
        says=either(r"""
            the requested url was rejected|support id(?: is)?:? ?<?\d{8,}
            please enable javascript to view the page content
        """),
    ),
    Vendor(
        name="Vercel",
        headers=(("x-vercel-mitigated", ""), ("x-vercel-challenge-token", "")),
        marks=either(r"vercel security checkpoint|/\.well-known/vercel/security/"),
    ),
    Vendor(
        name="DDoS-Guard",
        marks=either(r"""
            /\.well-known/ddos-guard/|check\.ddos-guard\.net|ddos-guard\.net/(?:js|captcha)
            <title>ddos-guard</title>|data-ddg-|ddg-captcha
        """),
        behind=_served_by("ddos-guard"),
        says=either(r"""
            checking your browser|ddos-guard|access (?:is )?(?:denied|restricted)|blocked|captcha
            проверка браузера
        """),
    ),
    Vendor(
        name="Qrator",
        marks=either(r"""
            /__qrator/|qauth_(?:handle|utm)|qrator\.net/[^\"'\s]*(?:captcha|validate)
        """),
        behind=lambda seen: seen.header("server").startswith("qrator") or seen.cookie("qrator_"),
        says=either(r"^$|forbidden|access denied|captcha|http 40[13]|доступ"),
    ),
    Vendor(
        name="Anubis",
        marks=either(r"""
            id=[\"']?anubis_(?:challenge|version)|/\.within\.website/x/cmd/anubis|/\.within\.website/x/xess
        """),
    ),
    Vendor(
        name="SiteGround", headers=(("sg-captcha", ""),), marks=either(r"/\.well-known/(?:sg)?captcha/|sgcaptcha")
    ),
    Vendor(
        name="Alibaba Cloud",
        marks=either(r"""
            /_____tmd_____/|acw_sc__v[23]|aliyun_waf_|arg1=[\"'][0-9a-f]{40}[\"']
        """),
    ),
    Vendor(
        name="Tencent Cloud",
        marks=either(r"""
            waf\.tencent(?:-cloud)?\.com|captcha\.qcloud\.com|edgeone[^\"'\s<>]*captcha
        """),
    ),
    Vendor(name="Baidu Yunjiasu", marks=either(r"yunjiasu-nginx|yunsuo_session_verify")),
    Vendor(
        name="Wordfence",
        marks=either(r"""
            generated by wordfence|wordfence\.com/help/\?query=block|wfwaf-
        """),
    ),
    Vendor(
        name="StackPath",
        marks=either(r"""
            sp_validate_challenge|/sbbi/\?sbbpg=|sbtsck|stackpath[^<>]{0,80}challenge
        """),
    ),
    Vendor(name="Radware", marks=either(r"perfdrive\.com|validate\.perfdrive|ssc=aha|shieldsquare")),
    Vendor(name="Reblaze", marks=either(r"rbzns\.|window\.rbzns|rbzid=")),
    Vendor(
        name="Fastly", headers=(("x-sigsci-agentresponse", "406"),), marks=either(r"/_fs-ch-[\w-]+/|fst-challenge")
    ),
    Vendor(
        name="Google",
        marks=either(r"""
            google\.com/sorry/|id=[\"']?captcha-form[\"']?[\s\S]{0,2000}our systems have detected unusual traffic
        """),
    ),
    Vendor(
        name="Yandex",
        marks=either(r"""
            /showcaptcha\b|/checkcaptcha\b|smartcaptcha\.(?:yandexcloud|cloud\.yandex)[^\"'<>]*
        """),
    ),
    Vendor(name="Amazon", marks=either(r"opfcaptcha|/errors/validatecaptcha")),
    Vendor(
        name="BunkerWeb",
        marks=either(r"""
            bunkerweb[^<>]{0,60}(?:antibot|bot detection)|/challenge\?bw=
        """),
    ),
    Vendor(
        name="Bunny Shield",
        marks=either(r"""
            /\.bunny-shield/|bunnycdn[^<>]{0,80}establishing a secure connection
        """),
    ),
    Vendor(name="Arvan", marks=either(r"""arvancloud[^\"'<>]*(?:challenge|error)|__arcsjs|cdn\.arvan""")),
    Vendor(name="go-away", marks=either(r"/\.well-known/\.git\.gammaspectra\.live/git/go-away")),
    Vendor(name="Blazingfast", marks=either(r"blazingfast\.io|/bf\.jquery\.max\.js")),
    Vendor(name="Friendly Captcha", marks=either(r"""class=[\"']?frc-captcha\b""")),
)

#: Captchas that anybody may set up before a page.
_CAPTCHA: Final = either(r"""
    g-recaptcha|recaptcha/(?:api|enterprise)\.js|hcaptcha\.com/1/api\.js|h-captcha|cf-turnstile
    challenges\.cloudflare\.com/turnstile|geetest|captcha[-_.](?:box|container|form|image|img)
    /captcha[/.?]|name=[\"']?captcha|arkoselabs|funcaptcha
""")

#: How a page asks whether somebody is a robot, or to wait while that is found out.
_ASKS: Final = either(r"""
    are you (?:a )?(?:human|(?:not )?a? ?robot|bot)|(?:not|n't) a robot|(?:you are|you're) (?:a )?human
    human verification|robot check|bot (?:check|detection|protection|verification)
    unusual (?:traffic|activity|requests)|(?:security|browser) (?:check|verification)
    verif\w+ (?:your|the|that your) (?:browser|connection|request|identity)
    checking (?:your|the) (?:browser|connection|request)|making sure you're not|complete the captcha
    solve (?:the|this) captcha|enter the (?:characters|code|text)[\w ]{0,30}(?:image|picture|below|see)
    type the characters|suspicious (?:activity|traffic|behaviou?r)
    automated (?:access|requests|queries|traffic|tools)|please (?:wait|stand by) (?:while|\d+ sec)|ddos protection
    enable (?:javascript|js) and (?:cookies|disable|reload)
    you (?:have been|were|are) (?:blocked|detected)|prove you are|kein roboter|sicherheitsüberprüfung
    ungewöhnliche[rn]? (?:datenverkehr|aktivität)|dass sie ein mensch|browser wird überprüft|pas un robot
    vérifi\w+ (?:que vous|de sécurité|votre navigateur)|trafic inhabituel|activité inhabituelle
    no (?:eres|soy|es) un robot
    verifi\w+ (?:que (?:eres|es|usted)|de seguridad|su navegador|tu navegador)
    tráfico inusual|comprobando (?:su|tu) navegador|não (?:é|sou) um robô|verificando (?:se|seu|o seu)
    tráfego incomum|non sei un robot|non sono un robot|verifica di sicurezza|traffico insolito|geen robot
    ongebruikelijk verkeer|не робот|вы (?:не )?человек
    проверк[аи] (?:браузера|безопасности|вашего браузера)|подозрительн\w+ (?:запрос|активност|трафик)
    автоматическ\w+ запрос|введите (?:код|символы)|не робот|перевірк[аи] (?:браузера|безпеки)
    nie jesteś robotem|jesteś człowiekiem|robot olmadığınızı|robot değil
    güvenlik (?:kontrolü|doğrulaması)|tarayıcınız kontrol|nem (?:vagy|robot)|nejste robot
    nu (?:ești|sunteți) (?:un )?robot|لست روبوت|التحقق من (?:المتصفح|أنك)|ربات نیستید
    تأیید (?:هویت|اینکه)|אינך רובוט|אתה לא רובוט|人机验证|安全验证|安全驗證|验证码|驗證碼|不是机器人|您的访问请求
    正在检查|ロボットではない|私はロボット
    画像認証|로봇이 아닙니다|보안 확인
""")


def challenger(seen: Looks) -> tuple[str, bool] | None:
    """Who challenges or turns away the reader, in words, and whether a header says so; None where nobody does."""
    for vendor in VENDORS:
        if _by_header(vendor, seen):
            return f"{vendor.name} challenges or blocks this visitor, its header says", True
    if not seen.within(FEW):
        return None
    for vendor in VENDORS:
        if vendor.marks is not None and vendor.marks.search(seen.markup):
            return f"a challenge of {vendor.name} stands before the page", False
    for vendor in VENDORS:
        if vendor.behind is not None and vendor.behind(seen) and _turned_away(seen, vendor.says):
            return f"{vendor.name} turns this visitor away", False
    return _anonymous(seen)


def _by_header(vendor: Vendor, seen: Looks) -> bool:
    return any(
        key == name and value.startswith(part) for name, part in vendor.headers for key, value in seen.headers
    )


def _turned_away(seen: Looks, says: regex.Pattern[str] | None) -> bool:
    """Whether what little stands there refuses; a status that does not refuse needs a page without more."""
    return says is not None and (seen.status in _REFUSING or seen.count <= BARE) and bool(says.search(seen.text))


def _anonymous(seen: Looks) -> tuple[str, bool] | None:
    asked = _ASKS.search(seen.text)
    if _CAPTCHA.search(seen.markup) and (asked or seen.count <= BARE):
        return "a captcha stands before the page", False
    if asked and (seen.status in _REFUSING or seen.count <= 2 * BARE or _ASKS.search(seen.title)):
        return f"the page asks whether the visitor is a robot (“{asked[0]}”)", False
    if seen.count == 0 and "challenge" in seen.markup and "<script" in seen.markup:
        return "a script that challenges the visitor stands before the page", False
    return None
