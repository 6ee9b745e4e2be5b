"""The tables. One schema for the whole project; rows stay inside `archive.db`.

All but the caches of politeness (`robots`, `hosts`) can be rebuilt from the WARC files: what the user did stands
there as well, by way of the `journal`. Times are stored as whole milliseconds since 1970 in UTC: compact,
sortable, and the same in SQLite and PostgreSQL.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)
from sqlalchemy.engine.interfaces import Dialect

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class Utc(TypeDecorator[datetime]):
    """An aware UTC datetime, to the millisecond, kept as an integer."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """To milliseconds; a naive datetime is a programming error."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime: {value!r}")
        return (value - _EPOCH) // _MS

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """To an aware datetime."""
        return None if value is None else _EPOCH + value * _MS


# SQLite makes only an INTEGER primary key its row id; PostgreSQL wants 64 bits.
Key = BigInteger().with_variant(Integer, "sqlite")


def _id() -> Column[int]:
    return Column("id", Key, primary_key=True)


def _ref(name: str, target: str, *, nullable: bool = False, index: bool = False) -> Column[int]:
    return Column(name, Key, ForeignKey(target), nullable=nullable, index=index)


outlets = Table(
    "outlets",
    metadata,
    _id(),
    Column("name", String, nullable=False, unique=True),
    Column("declaration", JSON, nullable=False),  # the whole `Outlet`, as its TOML file would say it
    Column("paused", Boolean, nullable=False, default=False),
    Column("added", Utc, nullable=False),
)

domains = Table(
    "domains",
    metadata,
    Column("domain", String, primary_key=True),
    _ref("outlet_id", "outlets.id", index=True),
)

seeds = Table(
    "seeds",
    metadata,
    _id(),
    _ref("outlet_id", "outlets.id"),
    Column("url", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("checked", Boolean, nullable=False, default=True),
    Column("last_fetched", Utc),
    Column("last_outcome", String, nullable=False, default=""),
    Column("last_found", Integer, nullable=False, default=0),  # article links in the last whole answer
    Column("next_check", Utc),
    Column("etag", String, nullable=False, default=""),
    Column("last_modified", String, nullable=False, default=""),
    Column("capture_id", Key),  # what a 304 to these validators refers to
    UniqueConstraint("outlet_id", "url"),
)

articles = Table(
    "articles",
    metadata,
    _id(),
    _ref("outlet_id", "outlets.id", index=True),
    Column("url", String, nullable=False),
    Column("title", Text, nullable=False, default=""),
    Column("standing", String, nullable=False),
    Column("reason", String, nullable=False, default=""),
    Column("since", Utc, nullable=False),  # of the standing
    Column("misses", Integer, nullable=False, default=0),  # bad sightings in a row
    Column("first_miss", Utc),
    Column("last_miss", Utc),
    Column("away", Utc),  # the first sighting that did not see it, since it was last there
    Column("moved", Boolean, nullable=False, server_default=false()),  # lives at another address than at first
    Column("silence", String, nullable=False, server_default=""),  # `barrier` or `unreachable`, as last met
    Column("silences", Integer, nullable=False, server_default="0"),  # such sightings in a row
    Column("first_silence", Utc),
    Column("first_seen", Utc),  # the first sighting as present
    Column("last_seen", Utc),  # the last one
    Column("last_presence", String, nullable=False, server_default=""),  # what the last look said
    Column("last_sighting", String, nullable=False, server_default=""),
    Column("last_checked", Utc),
    Column("last_changed", Utc),
    Column("next_check", Utc, index=True),  # None: to be planned
    Column("next_why", String, nullable=False, default=""),
    Column("discovered", Utc, nullable=False, index=True),
    Column("found_in", String, nullable=False, default=""),  # the seed's URL, or "by hand"
    Column("published", Utc),
    Column("noindex", Boolean),  # whether it asked not to be listed, when it was last seen; None: never seen
    Column("version_id", Key),  # the version that stands
    Column("versions", Integer, nullable=False, default=0),
    Column("captures", Integer, nullable=False, default=0),
    Column("etag", String, nullable=False, default=""),
    Column("last_modified", String, nullable=False, default=""),
    Column("capture_id", Key),  # what a 304 to these validators refers to
    Column("wording", JSON, nullable=False, default=dict, server_default="{}"),  # `domain.wordings.Held`
    Index("ix_articles_standing_since", "standing", "since"),
    Index("ix_articles_outlet_id_standing", "outlet_id", "standing"),
)

aliases = Table(
    "aliases",
    metadata,
    Column("url", String, primary_key=True),  # in the form of `domain.urls.normalise`
    _ref("article_id", "articles.id", index=True),
    Column("why", String, nullable=False, default=""),
)

warcs = Table(
    "warcs",
    metadata,
    _id(),
    Column("name", String, nullable=False, unique=True),
    Column("size", BigInteger),  # bytes of the closed file
    Column("sha256", String, nullable=False, server_default=""),  # in hex, of the closed file
    Column("sealed", Utc),
    Column("proven", Utc),  # when all of it was last read and held against what it promises
    Column("faults", Integer),  # that were found then; None: never proven
    Column("stored", Utc),  # when its copy in the object store was found to be the same
)

# What no exchange says and the WARC files shall say too: written there with the next exchange, and then deleted.
journal = Table(
    "journal",
    metadata,
    _id(),
    Column("at", Utc, nullable=False),
    Column("kind", String, nullable=False),
    Column("document", JSON, nullable=False),
)

fetches = Table(
    "fetches",
    metadata,
    _id(),
    _ref("outlet_id", "outlets.id", nullable=True),
    _ref("article_id", "articles.id", nullable=True),
    _ref("seed_id", "seeds.id", nullable=True),
    Column("role", String, nullable=False),
    Column("url", String, nullable=False),
    Column("began", Utc, nullable=False),
    Column("elapsed_ms", Integer, nullable=False, default=0),
    Column("status", Integer),
    Column("trouble", String, nullable=False, default=""),
    Column("detail", Text, nullable=False, default=""),
    Column("hop_of", Key),  # the fetch that redirected here
    _ref("warc_id", "warcs.id", nullable=True),  # of the metadata record
    Column("offset", BigInteger),
    Column("length", BigInteger),
    Column("presence", String, nullable=False, default=""),
    Column("sighting", String, nullable=False, default=""),
    Column("why", Text, nullable=False, default=""),
    Column("source", String, nullable=False, server_default=""),  # of an imported one: where it came from
    Column("vantage", String, nullable=False, server_default=""),  # the way out, by its label; empty: straight
    Index("ix_fetches_article_id_began", "article_id", "began"),
    # The health of an outlet is counted out of this index alone: of 1,000,000 rows in 0.1 s and not in 5 s.
    Index("ix_fetches_looks", "outlet_id", "began", "role", "vantage", "presence", "sighting", "trouble"),
    Index("ix_fetches_outlet_id_presence_began", "outlet_id", "presence", "began"),
)
Index(
    "ix_fetches_hop_of",
    fetches.c.hop_of,
    sqlite_where=fetches.c.hop_of.is_not(None),
    postgresql_where=fetches.c.hop_of.is_not(None),
)

captures = Table(
    "captures",
    metadata,
    _id(),
    _ref("fetch_id", "fetches.id", index=True),
    _ref("article_id", "articles.id", nullable=True),
    Column("url", String, nullable=False),
    Column("urlkey", String, nullable=False),
    Column("timestamp", Utc, nullable=False),
    Column("status", Integer, nullable=False),
    Column("mime", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("record_type", String, nullable=False),
    Column("record_id", String, nullable=False),
    _ref("warc_id", "warcs.id"),
    Column("offset", BigInteger, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("truncated", String, nullable=False, default=""),
    Column("refers_to", Key),  # for a revisit: the capture with the payload
    UniqueConstraint("warc_id", "offset"),
    Index("ix_captures_urlkey_timestamp", "urlkey", "timestamp"),
    Index("ix_captures_article_id_timestamp", "article_id", "timestamp"),
)

versions = Table(
    "versions",
    metadata,
    _id(),
    _ref("article_id", "articles.id"),
    Column("number", Integer, nullable=False),  # 0: seen, and not confirmed
    Column("extractor", String, nullable=False),
    Column("fingerprint", String, nullable=False),
    Column("document", JSON, nullable=False),  # the whole `Extraction`
    Column("words", Integer, nullable=False),
    _ref("capture_id", "captures.id"),  # the first with these words
    Column("first_seen", Utc, nullable=False),
    Column("last_seen", Utc, nullable=False),
    UniqueConstraint("article_id", "extractor", "fingerprint"),
)

extractions = Table(
    "extractions",
    metadata,
    _id(),
    _ref("capture_id", "captures.id"),
    _ref("version_id", "versions.id", index=True),
    Column("extractor", String, nullable=False),
    UniqueConstraint("capture_id", "extractor"),
)

# Whose history was read again, by which extractor, and what it could not read: `archive.reextracting`.
rereadings = Table(
    "rereadings",
    metadata,
    Column("article_id", Key, primary_key=True, autoincrement=False),
    Column("extractor", String, nullable=False),
    Column("unread", Integer, nullable=False),  # captures that it could not read
    Column("document", JSON, nullable=False),  # {id of such a capture: why}
)

changes = Table(
    "changes",
    metadata,
    _id(),
    _ref("article_id", "articles.id", index=True),
    Column("detected_at", Utc, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("kinds", JSON, nullable=False),
    Column("weight", Float, nullable=False),
    Column("stealth", Boolean, nullable=False),
    Column("summary", Text, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("words_added", Integer, nullable=False, default=0),
    Column("words_removed", Integer, nullable=False, default=0),
    _ref("from_version", "versions.id"),
    _ref("to_version", "versions.id"),
    Column("from_at", Utc, nullable=False),  # when the earlier wording was last seen
    Column("to_at", Utc, nullable=False),  # when the later one was first seen
    _ref("capture_id", "captures.id"),
    Column("superseded_by", Key),  # the change that tells of this one too
    Column("confirmed_by", Key),  # the capture of the second fetch
    UniqueConstraint("article_id", "detected_at", "to_version"),
)

# Which masked paragraphs (`domain.furniture.mask`) stand in which articles of an outlet: a `Stand` each.
blocks = Table(
    "blocks",
    metadata,
    Column("outlet_id", Key, ForeignKey("outlets.id"), primary_key=True),
    Column("mask", BigInteger, primary_key=True),
    Column("article_id", Key, ForeignKey("articles.id"), primary_key=True, index=True),
    Column("at", Utc, nullable=False),
    Column("born", Boolean, nullable=False),
    Column("filling", BigInteger, nullable=False),
    Column("fillings", Integer, nullable=False),
    Column("gone", Utc),
    Column("varied", Utc),
    Column("counted", Utc),
    sqlite_with_rowid=False,
)

# When a person had an outlet's furniture forgotten: all of it, or one mask.
resets = Table(
    "resets",
    metadata,
    _id(),
    _ref("outlet_id", "outlets.id", index=True),
    Column("mask", BigInteger),
    Column("at", Utc, nullable=False),
)

# When an article was seen in another template than before.
dresses = Table(
    "dresses",
    metadata,
    _id(),
    _ref("outlet_id", "outlets.id"),
    _ref("article_id", "articles.id", index=True),
    Column("at", Utc, nullable=False),
    UniqueConstraint("article_id", "at"),
    Index("ix_dresses_outlet_id_at", "outlet_id", "at"),
)

# What is said once of many articles of an outlet: a redesign.
notices = Table(
    "notices",
    metadata,
    _id(),
    _ref("outlet_id", "outlets.id", index=True),
    Column("kind", String, nullable=False),
    Column("at", Utc, nullable=False),  # when it began
    Column("told", Utc, nullable=False),  # when there was enough to tell of it
    Column("last_at", Utc, nullable=False),
)

# Each kind of each change, kept by triggers, so that the newest of a kind are found without reading the others.
change_kinds = Table(
    "change_kinds",
    metadata,
    Column("kind", String, primary_key=True),
    Column("at", Utc, primary_key=True),
    Column("change_id", Key, ForeignKey("changes.id", ondelete="CASCADE"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

# What can be searched (`archive.db.searching`). Ids say the day first: the order of ids is that of time.
texts = Table(
    "texts",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=False),
    Column("version_id", Key, ForeignKey("versions.id"), unique=True),  # None: gone, and its letters with it
    Column("checksum", BigInteger, nullable=False),  # CRC-32 of what was indexed
    Column("key", Text),  # what was indexed, where the index itself does not hold it
)

edits = Table(
    "edits",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=False),
    Column("change_id", Key, ForeignKey("changes.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("removed", JSON, nullable=False),  # stretches as they were published
    Column("added", JSON, nullable=False),
    Column("removed_key", Text, nullable=False),
    Column("added_key", Text, nullable=False),
)

standings = Table(
    "standings",
    metadata,
    _id(),
    _ref("article_id", "articles.id", index=True),
    Column("at", Utc, nullable=False, index=True),
    Column("before", String, nullable=False),
    Column("after", String, nullable=False),
    Column("reason", String, nullable=False, default=""),
    Column("why", Text, nullable=False, default=""),
    Column("evidence", JSON, nullable=False),  # name → id of a fetch, or a list of them: `archive.judging`
    _ref("outage_id", "outages.id", nullable=True, index=True),  # that tells of this step for all articles
    Column("flap", Boolean, nullable=False, server_default=false()),  # articles of the outlet go and come back
)

# When many articles of an outlet failed together. One that is open has no end.
outages = Table(
    "outages",
    metadata,
    _id(),
    _ref("outlet_id", "outlets.id", index=True),
    Column("presence", String, nullable=False),  # what most of its sightings were
    Column("why", Text, nullable=False, default=""),
    Column("began", Utc, nullable=False),  # the first sighting that belongs to it
    Column("kind", String, nullable=False, default=""),
    Column("told", Utc),  # when it had lasted long enough to be told
    Column("failed", Integer, nullable=False),  # articles, at most
    Column("looked", Integer, nullable=False),  # of so many that were looked at
    Column("mass", Boolean, nullable=False, default=False),  # not the outlet is down: many articles were removed
    Column("mixed", Utc),  # since when some are there again while others are not
    Column("last_good", Utc),  # when anything of the outlet was last there
    Column("offline", Utc),  # since when the outlet is held to be offline
    Column("ended", Utc),
    UniqueConstraint("outlet_id", "began"),
)

# What an outlet answers to an address that cannot exist, by the shape of the addresses beside it.
siblings = Table(
    "siblings",
    metadata,
    _id(),
    _ref("outlet_id", "outlets.id"),
    Column("shape", String, nullable=False),  # `domain.soft404.shape`
    Column("url", String, nullable=False),
    Column("at", Utc, nullable=False),
    _ref("fetch_id", "fetches.id"),  # the last hop
    Column("status", Integer),
    Column("final_url", String, nullable=False),
    Column("title", Text, nullable=False, default=""),
    Column("text", Text, nullable=False, default=""),  # what a reader would read of it
    UniqueConstraint("outlet_id", "shape", "at"),
)

# What makes one look sooner, and says nothing by itself.
hints = Table(
    "hints",
    metadata,
    _id(),
    _ref("article_id", "articles.id", index=True),
    Column("at", Utc, nullable=False, index=True),
    Column("kind", String, nullable=False),  # `noindex`, `left_feed`, `left_sitemap`
    Column("why", Text, nullable=False, default=""),
    Column("ended", Utc),  # when it held no more
    UniqueConstraint("article_id", "kind", "at"),
)

# Which articles the last whole answer of a seed named, in its order: a cache, filled again by the next one.
listings = Table(
    "listings",
    metadata,
    Column("seed_id", Key, ForeignKey("seeds.id"), primary_key=True, autoincrement=False),
    Column("named", JSON, nullable=False),  # [id of an article, its date there in ISO 8601 or null]
    Column("at", Utc, nullable=False),  # of that answer
)

# What a Memento archive answered when it was asked for an article.
opinions = Table(
    "opinions",
    metadata,
    _id(),
    _ref("article_id", "articles.id", index=True),
    Column("at", Utc, nullable=False),
    _ref("fetch_id", "fetches.id"),
    Column("archive", String, nullable=False),  # its address, from the settings
    Column("last_seen", Utc),  # its last memento; None: it has none, or did not answer
    Column("memento", String, nullable=False, default=""),  # the address of that
    Column("said", Text, nullable=False, default=""),  # in words
    UniqueConstraint("article_id", "at"),
)

# What the page of an article names as editions of its story in other languages.
editions = Table(
    "editions",
    metadata,
    Column("article_id", Key, ForeignKey("articles.id"), primary_key=True),
    Column("url", String, primary_key=True, index=True),
    sqlite_with_rowid=False,
)

# What lists (seeds, and parts of sitemap indexes) said of when their stories were changed: `archive.db.datings`.
datings = Table(
    "datings",
    metadata,
    Column("seed_id", Key, ForeignKey("seeds.id"), primary_key=True, autoincrement=False),
    Column("url", String, primary_key=True),
    Column("at", Utc, nullable=False),  # of its last answer
    Column("dates", JSON, nullable=False),  # {id of an article: seconds since 1970}
    Column("pulled", JSON, nullable=False),  # {id of an article: when it was to be looked at for its date}
    Column("tried", Integer, nullable=False),  # such looks
    Column("borne_out", Integer, nullable=False),  # that showed a change
    Column("doubted", Utc),  # since when its dates are not believed
)

# How often articles of an outlet are edited and removed, and what a fetch costs there: learnt from the rest, again
# and again (`scheduler.planning`).
rates = Table(
    "rates",
    metadata,
    Column("outlet_id", Key, ForeignKey("outlets.id"), primary_key=True, autoincrement=False),
    Column("at", Utc, nullable=False),
    Column("document", JSON, nullable=False),
)

# What people call articles by, each tag in a row: whom they matter to.
tags = Table(
    "tags",
    metadata,
    Column("article_id", Key, ForeignKey("articles.id"), primary_key=True),
    Column("tag", String, primary_key=True, index=True),  # `dossier:NAME` for those that a dossier quotes
    Column("at", Utc, nullable=False),
    sqlite_with_rowid=False,
)

# What people write of articles. What was altered keeps its earlier words, what was removed stays.
notes = Table(
    "notes",
    metadata,
    _id(),
    Column("key", String, nullable=False, unique=True),  # names it, also in a database that is made again
    _ref("article_id", "articles.id", index=True),
    Column("at", Utc, nullable=False, index=True),
    Column("author", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("edited", Utc),  # last
    Column("edited_by", String, nullable=False, default=""),
    Column("removed", Utc),
    Column("removed_by", String, nullable=False, default=""),
    Column("earlier", JSON, nullable=False),  # [{text, at, by}], oldest first
)

# Who may come in. Of sessions and tokens only hashes are held: whoever reads this table cannot use them.
people = Table(
    "people",
    metadata,
    Column("name", String, primary_key=True),
    Column("role", String, nullable=False),  # a `Right`, in small letters
    Column("password", String, nullable=False),  # as argon2 writes it
    Column("made", Utc, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", String, primary_key=True),
    Column("person", String, nullable=False, index=True),
    Column("made", Utc, nullable=False),
    Column("seen", Utc, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    _id(),
    Column("name", String, nullable=False, unique=True),
    Column("person", String, nullable=False, index=True),
    Column("hash", String, nullable=False, unique=True),
    Column("scope", String, nullable=False),  # a `Right`, in small letters
    Column("made", Utc, nullable=False),
    Column("until", Utc),
)

# Who did what. Rows are added, and never changed.
audit = Table(
    "audit",
    metadata,
    _id(),
    Column("at", Utc, nullable=False),
    Column("person", String, nullable=False),
    Column("act", String, nullable=False),
    Column("subject", Text, nullable=False),
)

# Who does what just now. A lease that nobody renews runs out.
leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),  # `outlet:ID`, or a job's name
    Column("owner", String, nullable=False),
    Column("since", Utc, nullable=False),
    Column("until", Utc, nullable=False),
)

# Rules of alerts that stand in no settings file.
alert_rules = Table(
    "alert_rules",
    metadata,
    Column("name", String, primary_key=True),
    Column("document", JSON, nullable=False),  # as its table in the settings file would say it
    Column("added", Utc, nullable=False),
)

# The outbox. One message to one channel, with all that it tells; what is tried again is the same message.
deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    Column("key", String, nullable=False, unique=True),  # by which a receiver knows what it got already
    Column("rule", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("state", String, nullable=False),  # `waiting`, `sent`, `dead`
    Column("made", Utc, nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("tried", Utc),  # when the last try began
    Column("next_try", Utc),  # None: there will be none; while it is tried, when another may take it over
    Column("until", Utc, nullable=False),  # given up, where a try fails after that
    Column("last_error", Text, nullable=False, default=""),
    Column("sent", Utc),
    Index("ix_deliveries_state_next_try", "state", "next_try"),
)

# What is to be told by a rule to a channel, written in the transaction of what it tells of.
alerts = Table(
    "alerts",
    metadata,
    _id(),
    Column("rule", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("subject", String, nullable=False),  # what it tells of: `domain.rules.Event.subject`
    Column("outlet", String, nullable=False, default=""),
    Column("url", String, nullable=False, default=""),
    Column("at", Utc, nullable=False, index=True),  # of what it tells of
    Column("due", Utc, nullable=False),  # not to be told before: digests, quiet hours, grouping
    Column("state", String, nullable=False),  # `waiting`, `snoozed`, `sent`, `dead`, `acknowledged` unsent
    Column("document", JSON, nullable=False),  # what is told, as it was known then: `domain.rules.Event`
    _ref("delivery_id", "deliveries.id", nullable=True, index=True),
    Column("acknowledged", Utc),
    UniqueConstraint("rule", "subject", "channel"),
    Index("ix_alerts_state_due", "state", "due"),
    Index("ix_alerts_url_at", "url", "at"),
)

# What nobody wants to be told of for a while.
snoozes = Table(
    "snoozes",
    metadata,
    _id(),
    Column("scope", String, nullable=False),  # `article:URL`, `outlet:NAME`, `rule:NAME`
    Column("until", Utc, nullable=False),
    Column("made", Utc, nullable=False),
)

# What hubs were asked to tell us (WebSub): one subscription a seed.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("seed_id", Key, ForeignKey("seeds.id"), primary_key=True, autoincrement=False),
    Column("hub", String, nullable=False),
    Column("topic", String, nullable=False),
    Column("token", String, nullable=False, unique=True),  # in the address that the hub calls
    Column("secret", String, nullable=False),
    Column("state", String, nullable=False),  # `domain.websub.State`
    Column("asked", Utc),  # last
    Column("until", Utc),  # of the subscription
    Column("pinged", Utc),  # last
    Column("failures", Integer, nullable=False, default=0),  # in a row
    Column("next_try", Utc),
    Column("why", Text, nullable=False, default=""),  # of the last failure
)

robots = Table(
    "robots",
    metadata,
    Column("origin", String, primary_key=True),  # scheme://host[:port]; `label scheme://…` from a vantage point
    Column("fetched", Utc, nullable=False),
    Column("status", Integer),
    Column("trouble", String, nullable=False, default=""),
    Column("body", Text, nullable=False, default=""),
)

hosts = Table(
    "hosts",
    metadata,
    Column("host", String, primary_key=True),
    Column("not_before", Utc, nullable=False),
    Column("why", String, nullable=False, default=""),
)
