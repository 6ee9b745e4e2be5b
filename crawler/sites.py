"""Which registrable domain a host belongs to.

By the public suffix list that comes with tldextract: the newest is never fetched and nothing is written
to disk, so an answer depends on the installed version alone. The list's private part counts: two blogs
on one platform (`a.blogspot.com`, `b.blogspot.com`) are two sites.
"""

from __future__ import annotations

import functools

import tldextract

_extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


@functools.lru_cache(maxsize=4096)
def registrable(host: str) -> str:
    """The domain that was registered: `bbc.co.uk` for `www.bbc.co.uk`; addresses and bare names stay."""
    bare = host.strip().rstrip(".").lower()
    return _extract(bare).top_domain_under_public_suffix or bare


def same_site(left: str, right: str) -> bool:
    """Whether two hosts lie under one registered domain."""
    return registrable(left) == registrable(right) != ""
