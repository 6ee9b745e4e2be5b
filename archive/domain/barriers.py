"""What stands between a reader and a page: walls, challenges, blocks, parked domains. Pure.

Knows the marks that they leave in status, headers and mark-up, and what little they say. Refuses to judge whether
an article is there: that is for `archive.domain.sightings`, which knows its words. A page that says it is an
article is no barrier, whatever it speaks of; nor is one with more words than such a page has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import regex

from archive.domain.blockpages import abroad, blocker, filtered
from archive.domain.books import either
from archive.domain.challenges import challenger
from archive.domain.looks import Looks, look
from archive.domain.model import Extraction
from archive.domain.parked import parked


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """One that was recognised."""

    kind: str  #: `bot_challenge`, `court_or_provider_block`, `login`, `consent` … : `KINDS`
    why: str  #: in words, with who does it where that can be told
    sure: bool  #: certain by itself; else only where the article's words are not there


#: Words of a page that only says that something is wrong, or asks for something.
FEW = 150
BARE = 25

LINKS = 15  # a page of the site itself has more

_FORM: Final = regex.compile(r"<input\b[^<>]*\btype\s*=\s*[\"']?password")
_LOGIN: Final = either(r"""
    \blog ?-?in\b|\blog ?on\b|\bsign ?-?in\b|anmelden|einloggen|anmeldung|connexion|se connecter
    connectez-vous|iniciar sesión|inicia sesión|iniciar sessão|entrar\b|fazer login|accedi\b|inloggen
    aanmelden|log ind|logg inn|logga in|kirjaudu|zaloguj|přihlá|prihlá|bejelentkez|autentific|prijav
    войти|вход\b|авториз|увійти|giriş yap|oturum aç|masuk\b|đăng nhập|เข้าสู่ระบบ|σύνδεση|تسجيل الدخول
    ورود\b|התחבר|लॉग ?इन|登录|登入|ログイン|로그인
""")
_CONSENT_PAGE: Final = regex.compile(r"^consent\.|^cmp\.|^myprivacy\.|^privacy-?gate|^guce\.|^cookie")
_CONSENT: Final = either(r"""
    before you continue|bevor sie (?:fortfahren|zu)|avant (?:de continuer|d'accéder)|antes de continuar
    prima di continuare|voordat je verdergaat|inden du fortsætter|innan du fortsätter|zanim przejdziesz
    than you continue|(?:accept|agree|consent|allow)[\w ,']{0,40}(?:cookies|tracking|data|partners)
    (?:cookies|tracking|datenverarbeitung)[\w ,]{0,60}(?:zustimmen|akzeptieren|accept|agree|consent)
    zustimmung|cookiewall|cookie-?(?:wall|consent|instellingen)|mit werbung (?:weiter)?lesen
    we (?:and our|use) (?:partners|cookies)|wir (?:und unsere partner|verwenden cookies)
    nous (?:et nos|utilisons)|nosotros y nuestros|noi e (?:i )?nostr|wij en onze
    privacy (?:settings|choices)|datenschutz-?einstellungen|согласие на (?:обработку|использование)|çerez
""")
_CMP: Final = either(r"""
    cdn\.cookielaw\.org|onetrust|sp_data|sourcepoint|privacy-mgmt\.com|sp-prod\.net|usercentrics
    consensu\.org|didomi|quantcast|cookiebot|consentmanager|trustarc|fundingchoices
    consent\.(?:google|youtube|yahoo)|traffective|opencmp|iubenda|sirdata|axeptio
""")
_PAY: Final = either(r"""
    (?:subscribe|subscription|sign up|register|become a member)[\w ,'-]{0,50}to (?:continue|keep|read|unlock|view)
    (?:subscribe|subscription|sign up|register|become a member)[\w ,'-]{0,50}for (?:full|unlimited) access
    (?:continue|keep) reading[\w ,]{0,40}(?:subscri|account|free|trial)
    (?:subscriber|member)s?[ -](?:only|exclusive)
    only (?:available )?(?:to|for) (?:our )?(?:subscribers|members)
    you(?:'ve| have) (?:reached|read|used)[\w ]{0,40}(?:limit|free articles|article)|already a subscriber
    (?:nur|exklusiv) für (?:abonnenten|abonnentinnen|mitglieder)|jetzt (?:abonnieren|weiterlesen)
    weiterlesen mit|(?:réservé|réservée) aux abonnés|abonnez-vous|pour lire la suite
    (?:solo|exclusivo) para (?:suscriptores|abonados|assinantes)|suscríbete para|assine para
    per (?:continuare a leggere|gli abbonati)|abbonati|(?:alleen|exclusief) voor abonnees
    kun for abonnenter|for abonnenter|endast för prenumeranter|vain tilaajille
    tylko dla (?:prenumeratorów|subskrybentów)|pouze pro předplatitele|csak előfizetők
    только (?:для|по) (?:подписчик|подписк)|abonelere özel|仅限订阅|会員限定|구독자 전용|للمشتركين فقط
""")
_LIMIT: Final = either(r"""
    too many requests|rate[- ]?limit(?:ed| exceeded)?|request(?:s)? limit|429\b|slow down
    zu viele anfragen|trop de requêtes|demasiadas (?:solicitudes|peticiones)
    muitas (?:solicitações|requisições)|troppe richieste|te veel (?:verzoeken|aanvragen)
    слишком много запросов|çok fazla istek|请求过于频繁|访问过于频繁|リクエストが多すぎ
""")
_MAINTENANCE: Final = either(r"""
    (?:under|down for|scheduled|planned|routine|undergoing|performing|site|in|for) (?:\w+ )?maintenance
    maintenance (?:mode|page|in progress|break|window)|offline page|we'?(?:ll| will) be (?:right )?back
    be back (?:soon|shortly|online)|(?:temporarily|currently) (?:offline|down|unavailable|closed)
    having some problems right now|(?:technical|temporary) (?:difficult|problem|issue)
    wartungs(?:arbeiten|modus|seite)|wird gerade gewartet|in kürze wieder|vorübergehend nicht
    en maintenance|en cours de maintenance|de retour (?:bientôt|rapidement)|momentanément indisponible
    en mantenimiento|por mantenimiento|tareas de mantenimiento|volveremos|em manutenção|voltaremos
    in manutenzione|torneremo|tijdelijk (?:niet|offline|buiten)|onderhoud|vedligehold|vedlikehold
    underhåll|huolto|przerwa techniczna|prace (?:techniczne|konserwacyjne)|przerwa konserwacyjna|údržb
    karbantartás|mentenanță|održavanj|одржава|поддръжка|техническ\w+ (?:работ|обслуж|перерыв)
    ведутся (?:технические )?работы|технічн\w+ робот|bakım|pemeliharaan|perbaikan|bảo trì|ปิดปรับปรุง
    συντήρηση|الصيانة|صيانة|تعمیر|در دست (?:تعمیر|بروز)|תחזוקה|अनुरक्षण|维护|維護|メンテナンス|점검
""")
_FAILURE: Final = either(r"""
    error establishing (?:a |the )?database connection|database (?:connection )?error
    internal server error|bad gateway|gateway time-?out|service (?:temporarily )?unavailable
    (?:http )?(?:error|status|fehler|erreur)[ :]*50[0-4]\b|^50[0-4]\b
    \b50[0-4] (?:error|internal|bad|service|gateway|backend)|server error|server fehler
    backend fetch failed|varnish cache server|guru meditation
    fatal error: (?:uncaught|call|allowed|maximum|require|class)|parse error: syntax|warning: mysqli?_
    mysql server has gone away|could not connect to (?:the )?database|sqlstate\[|stack trace
    unhandled exception|runtime error|application error|server error in '/
    whoops, looks like something went wrong|there has been a critical error on (?:this|your) website
    the site is experiencing technical difficulties|an error occurred while processing your request
    something went wrong|oops! an error occurred|web server is (?:down|returning an unknown error)
    connection timed out|origin is unreachable|host error|upstream (?:connect|request)
    no healthy upstream|application is not available|service unavailable|over (?:quota|capacity)
    resource limit is reached|bandwidth limit exceeded|interner (?:server)?fehler|erreur interne
    error interno|erro interno|errore interno|внутренняя ошибка|ошибка сервера|sunucu hatası
    خطأ في الخادم|خطای سرور|服务器错误|サーバーエラー
""")
_FORBIDDEN: Final = either(r"""
    ^(?:http )?(?:error )?403\b|\b403\b[\w :-]{0,12}forbidden|forbidden\b
    access (?:has been |is |was )?denied|permission denied
    you (?:don't|do not) have (?:permission|access)|not authorized|unauthorized|zugriff verweigert
    kein zugriff|keine berechtigung|accès (?:refusé|interdit)|acceso (?:denegado|prohibido)
    acesso (?:negado|proibido)|accesso (?:negato|vietato)|toegang geweigerd|adgang nægtet|åtkomst nekad
    odmowa dostępu|brak dostępu|přístup (?:odepřen|zamítnut)|hozzáférés megtagadva|acces interzis
    доступ (?:к \w+ )?(?:запрещен|закрыт|ограничен)|доступ заборонено|erişim (?:engellendi|reddedildi)
    akses ditolak|truy cập bị từ chối|η πρόσβαση|تم رفض الوصول|الوصول مرفوض|دسترسی (?:غیرمجاز|ممنوع)
    הגישה נדחתה|אין גישה|禁止访问|拒绝访问|アクセスが拒否|접근이 거부|접근 권한
""")
_REFRESH: Final = either(r"""
    <meta\b[^<>]*http-equiv\s*=\s*[\"']?refresh[^<>]*\burl\s*=
    <meta\b[^<>]*http-equiv\s*=\s*[\"']?refresh[\"']?[^<>]*content\s*=\s*[\"']?\d+\s*;\s*[^\s\"'>]
""")
_SENT_ON: Final = either(r"""
    (?:should|will|are|being|to) be(?:ing)? (?:automatically )?redirected
    you(?:'re| are) being redirected|redirecting|redirect(?:ed)? (?:to|you)
    if (?:you are|you're|it|the page)[\w ,']{0,40}(?:not|n't)[\w ,]{0,30}(?:redirect|load|click)
    (?:sie werden|wird) (?:automatisch )?(?:weitergeleitet|umgeleitet)|weiterleitung|redirection
    vous allez être redirigé|(?:será|está siendo|serás) redirig|redirecionad|reindirizza|doorgestuurd
    omdirigera|videresend|przekierow|přesměr|átirány|перенаправ|переадрес|yönlendir|dialihkan
    chuyển hướng|إعادة توجيه|跳转|轉跳|リダイレクト|moved (?:here|permanently)|this page has moved
""")
_JUMPS: Final = regex.compile(
    r"(?:window|document|top|self)?\.?location(?:\.href|\.replace|\.assign)?\s*(?:=|\()\s*[\"'`]"
)
_SCRIPTED: Final = either(r"""
    enable (?:javascript|js)\b|javascript (?:is )?(?:required|disabled|must|to run)|requires javascript
    (?:turn|switch) on javascript|without javascript|doesn't work properly without
    javascript (?:aktivieren|einschalten|deaktiviert)|activer javascript|activ[ae] (?:el )?javascript
    ativ[ae] (?:o )?javascript|abilit\w+ javascript|включите javascript|javascript'?i etkinleştir
    启用 ?javascript|javascriptを有効
""")
_SHELL: Final = either(r"""
    <div\b[^<>]*\bid\s*=\s*[\"']?(?:root|app|__next|__nuxt|main|react|ember|svelte|___gatsby|gatsby)
    <app-root|<noscript|<script\b
""")
_PORTAL: Final = either(r"""
    captive[ -]?portal|hotspot
    wi-?fi[\w ]{0,40}(?:access|login|log in|sign in|portal|guest|gast|connect|gratuit|gratis)
    guest (?:network|access|portal)|network (?:login|access|authentication)
    connect(?:ed)? to (?:the |our )?(?:free )?(?:network|internet|wi-?fi)|mikrotik|<wisp
    wispaccessgatewayparam|chillispot|coova|nodogsplash|/fgtauth\?|fgtauth|guest/s/default|cloudtrax
    meraki[^<>]{0,40}splash|network-auth\.com|purple\.ai|cisco web auth|switch_url=
    cgi-bin/login\?cmd=login|internet access requires|gogoinflight
""")  # fmt: skip


def barrier(
    *,
    status: int,
    headers: Sequence[tuple[str, str]],
    markup: str,
    url: str,
    page: Extraction | None,
) -> Barrier | None:
    """The barrier that an answer is, if it is one; `markup` is the body as text, `url` the final one.

    An answer that says "not found" or fails by its status is one only where somebody else than the outlet's own
    server speaks: a challenge, a filter, a parked domain.
    """
    seen = look(status=status, headers=headers, markup=markup, url=url, page=page)
    if (found := challenger(seen)) is not None:
        return Barrier(kind="bot_challenge", why=found[0], sure=found[1])
    if status == 429:
        return Barrier(kind="rate_limit", why="the outlet asks for fewer requests (429)", sure=True)
    if (why := filtered(seen)) is not None:
        return Barrier(kind="court_or_provider_block", why=why, sure=True)
    for kind, rule in _rules(status):
        if (why := rule(seen)) is not None:
            return Barrier(kind=kind, why=why, sure=False)
    return None


def _rules(status: int) -> tuple[tuple[str, _Rule], ...]:
    if status == 451:
        return (("geo_block", abroad),)  # that a law is behind it the status says itself
    return _OTHERS if status in (404, 410) or status >= 500 else (*_OTHERS, *_WALLS)


def _portal(seen: Looks) -> str | None:
    if seen.status == 511:
        return "the network asks for a login (511)"
    return _said(seen, _PORTAL, FEW, "a network's login page", in_markup=True) if _form(seen) else None


def _login(seen: Looks) -> str | None:
    asked = _LOGIN.search(seen.title) or (seen.count <= FEW and _LOGIN.search(seen.text))
    return "the page asks for a login" if _form(seen) and seen.within(3 * FEW) and asked else None


def _form(seen: Looks) -> bool:
    return _FORM.search(seen.markup) is not None or seen.host.startswith(("login.", "signin.", "auth.", "sso."))


def _consent(seen: Looks) -> str | None:
    if not seen.within(3 * FEW):
        return None
    if _CONSENT_PAGE.search(seen.host) or (
        _CONSENT.search(seen.text) and _CMP.search(seen.markup) and seen.within(FEW)
    ):
        return "the page asks for consent to cookies"
    return (
        _said(seen, _CONSENT, 2 * FEW, "the page asks for consent")
        if seen.links < 10 and _CONSENT.search(seen.title)
        else None
    )


def _paywall(seen: Looks) -> str | None:
    return _said(seen, _PAY, FEW, "only for those who pay") if seen.links < 2 * LINKS else None


def _limit(seen: Looks) -> str | None:
    return _said(seen, _LIMIT, 2 * BARE, "the outlet asks for fewer requests")


def _maintenance(seen: Looks) -> str | None:
    return _said(seen, _MAINTENANCE, FEW, "the site is being maintained") if seen.links < LINKS else None


def _failure(seen: Looks) -> str | None:
    return _said(seen, _FAILURE, FEW, "the server fails, whatever its status says") if seen.links < LINKS else None


def _forbidden(seen: Looks) -> str | None:
    words = FEW if _FORBIDDEN.search(seen.title) else 2 * BARE
    return _said(seen, _FORBIDDEN, words, "the outlet refuses this visitor") if seen.links < LINKS else None


def _stub(seen: Looks) -> str | None:
    if not seen.within(2 * BARE) or seen.links > 5:
        return None
    if _REFRESH.search(seen.markup) or (_SENT_ON.search(seen.text) and seen.count <= 2 * BARE):
        return "the page only sends the reader on"
    if seen.count <= BARE // 2 and len(seen.markup) < 5_000 and _JUMPS.search(seen.markup):
        return "the page only sends the reader on, by a script"
    return None


def _shell(seen: Looks) -> str | None:
    if not seen.within(2 * BARE):
        return None
    if (seen.count <= BARE // 2 or _SCRIPTED.search(seen.text)) and _SHELL.search(seen.markup):
        return "the page holds nothing to read without scripts"
    return None


def _said(
    seen: Looks, phrases: regex.Pattern[str], words: int, what: str, *, in_markup: bool = False
) -> str | None:
    if not seen.within(words):
        return None
    found = phrases.search(seen.markup if in_markup else seen.text)
    return f"{what} (“{found[0][:80]}”)" if found else None


_Rule = Callable[[Looks], str | None]

#: Who may speak instead of the outlet's own server.
_OTHERS: Final[tuple[tuple[str, _Rule], ...]] = (
    ("captive_portal", _portal),
    ("parked_domain", parked),
    ("geo_block", abroad),
    ("court_or_provider_block", blocker),
)

#: What the outlet's own server says instead of the story.
_WALLS: Final[tuple[tuple[str, _Rule], ...]] = (
    ("rate_limit", _limit),
    ("login", _login),
    ("consent", _consent),
    ("interstitial", _stub),
    ("server_error", _failure),
    ("maintenance", _maintenance),
    ("forbidden", _forbidden),
    ("paywall", _paywall),
    ("no_text", _shell),
)
