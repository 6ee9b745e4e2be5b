"""Scrapy's settings, nothing else. Stet's own settings are in the home's `stet.toml`.

Everything that would touch bytes, hide failures or talk to strangers is off: one download handler
of ours keeps each exchange as it is on the wire, and our middlewares decide the rest.
"""

BOT_NAME = "stet"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"

# No Twisted reactor: one asyncio loop, so crawls can be repeated in one process and tested there.
TWISTED_REACTOR_ENABLED = False

DOWNLOAD_HANDLERS = {
    "http": "crawler.handler.WireHandler",
    "https": "crawler.handler.WireHandler",
    "data": None,  # a redirect must never leave the web
    "file": None,
    "ftp": None,
    "s3": None,
}
DOWNLOADER_MIDDLEWARES_BASE = {
    "crawler.middlewares.RobotsMiddleware": 100,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600,
}
# RedirectMiddleware asks for it; our handler sends headers of its own, and no Referer among them.
SPIDER_MIDDLEWARES_BASE = {"scrapy.spidermiddlewares.referer.RefererMiddleware": 700}
ITEM_PIPELINES = {"crawler.pipelines.SettlePipeline": 100}
EXTENSIONS_BASE: dict[str, int] = {}
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"  # the frontier decides what is fetched, and how often

# Waiting for a host's turn happens in crawler.gate, below the handler; a request that waits there
# counts as active for Scrapy. So many hosts may wait at once.
CONCURRENT_REQUESTS = 4096
CONCURRENT_ITEMS = 1  # a callback yields one visit; for each Scrapy would start so many tasks
CONCURRENT_REQUESTS_PER_DOMAIN = 8
DOWNLOAD_DELAY = 0
DOWNLOAD_MAXSIZE = 0  # the wire has limits of its own, which keep what arrived before the cut
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_TIMEOUT = 0

HTTPERROR_ALLOW_ALL = True
REDIRECT_ENABLED = True
REDIRECT_MAX_TIMES = 1000  # crawler.handler counts, by the home's setting, and keeps the refusal
RETRY_ENABLED = False  # a failed fetch is a sighting; the recrawl policy asks again
COOKIES_ENABLED = False
ROBOTSTXT_OBEY = False  # crawler.middlewares obeys it, after RFC 9309
TELNETCONSOLE_ENABLED = False
WARN_ON_GENERATOR_RETURN_VALUE = False  # it parses our callbacks at every start, 13 ms of 110 for an empty pass
REMOTE_CONTROL_ENABLED = False
LOG_LEVEL = "WARNING"
