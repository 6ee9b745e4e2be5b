"""A form to a server, by POST: for the few requests that are no fetches and are not kept.

Behind the same guard as fetches (`crawler.lookup`); 307 and 308 are followed through it. The connection, with one
deadline for an answer as a whole, is that of `archive.reaching`. Refuses to know what is asked and what the answer
means.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urljoin

from archive.domain.model import HttpHead
from archive.errors import EnvironmentFailed, Misuse
from archive.reaching import Resolve, goal_of, http_connection, words

MOST: Final = 65_536
"""Bytes of an answer that are read: it is a sentence, or nothing."""

MOST_REDIRECTS: Final = 3


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered."""

    head: HttpHead
    text: str


def post_form(
    url: str,
    form: Mapping[str, str],
    *,
    resolve: Resolve,
    trust: ssl.SSLContext,
    patience: float,
    headers: Mapping[str, str],
) -> Reply:
    """Send `form` to `url`. Blocks. Raises `EnvironmentFailed` where no answer came, `Misuse` where none may."""
    body = urlencode(form).encode()
    fields = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
    for _ in range(MOST_REDIRECTS):
        reply = _post(url, body, fields, resolve=resolve, trust=trust, patience=patience)
        if reply.head.status not in (307, 308) or not reply.head.get("location"):
            break
        url = urljoin(url, reply.head.get("location"))
    return reply


def _post(
    url: str, body: bytes, fields: Mapping[str, str], *, resolve: Resolve, trust: ssl.SSLContext, patience: float
) -> Reply:
    goal = goal_of(url)
    if goal is None:
        raise Misuse(f"{url}: is no http or https address")
    try:
        with http_connection(goal, resolve, trust=trust, patience=patience) as connection:
            connection.request("POST", goal.target, body, dict(fields))
            answer = connection.getresponse()
            text = answer.read(MOST).decode("utf-8", "replace")
            return Reply(HttpHead(status=answer.status, headers=tuple(answer.getheaders())), text)
    except TimeoutError as error:
        raise EnvironmentFailed(f"{url}: did not answer: nothing whole came within {patience:.0f} s") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise EnvironmentFailed(f"{url}: did not answer: {words(error)}") from error
