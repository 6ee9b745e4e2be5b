"""WARC files in an S3 bucket: the door to the library that speaks the protocol.

Knows names, ranges and how to put a file there that nothing replaces. Refuses to know what the files hold. All
that goes wrong is an OSError, as of a disk: `FileNotFoundError` where the bucket says that it has no such file,
another one where it says nothing or refuses. What is told of an answer is its status and the protocol's own code
and message, never the whole of it, for some servers put the access key into it.

Credentials come from the environment alone (`AWS_ACCESS_KEY_ID`, a role, the instance), as obstore finds them.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config, S3Store

PART: Final = 8 << 20
"""Bytes of one part of an upload; so much is also the most that one request reads. At 1 MB/s it takes 8 of the 60
seconds that a request may take."""

PARTS: Final = 9_000
"""Parts of an upload at most; S3 takes 10,000."""

AT_ONCE: Final = 4
"""Parts under way at once: 32 MiB of memory, and enough to fill a line of 1 Gbit/s 200 ms away."""

PATIENCE: Final = timedelta(seconds=20)
"""For so long a request is tried again. A bucket that is away longer has its turn at the end of the next pass."""

RETRIES: Final = 4


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A bucket, and the prefix under which the files of one home lie in it. Nothing is asked before it is used."""

    url: str  #: `s3://bucket` or `s3://bucket/prefix`
    endpoint: str = ""  #: empty: the environment's, else Amazon's
    region: str = ""  #: empty: the environment's
    allow_http: bool = False
    virtual_hosted: bool = False
    checksums: bool = True  #: send the SHA-256 of each part, for the server to check and keep
    ca_bundle: str = ""  #: a PEM file of authorities that are trusted too

    def __str__(self) -> str:
        return self.url

    @cached_property
    def _store(self) -> S3Store:
        from obstore.store import S3Store

        named = os.environ.get("AWS_ENDPOINT_URL_S3")
        if self.endpoint and named not in (None, "", self.endpoint):  # it would win, and files would go elsewhere
            why = "AWS_ENDPOINT_URL_S3 in the environment is not [storage] endpoint; remove one of the two"
            raise OSError(errno.EINVAL, why, self.url)
        config: S3Config = {"virtual_hosted_style_request": self.virtual_hosted}
        if self.endpoint:
            config["endpoint"] = self.endpoint
        if self.region:
            config["region"] = self.region
        if self.checksums:
            config["checksum_algorithm"] = "SHA256"
        client: ClientConfig = {"allow_http": self.allow_http, "timeout": "60s"}
        if self.ca_bundle:
            client["root_certificate"] = Path(self.ca_bundle).read_bytes()
        retry: RetryConfig = {"max_retries": RETRIES, "retry_timeout": PATIENCE}
        return S3Store.from_url(self.url, config=config, client_options=client, retry_config=retry)

    def read(self, name: str, length: int, offset: int) -> tuple[bytes, int]:
        """At most `length` bytes from `offset` on, and the size of the file; one request. Raises OSError.

        Fewer bytes than asked for come only from the end of the file.
        """
        import obstore
        from obstore.exceptions import BaseError

        try:
            result = obstore.get(self._store, name, options={"range": (offset, offset + length)})
            data, size, start = result.bytes().to_bytes(), result.meta["size"], result.range[0]
        except (BaseError, OSError) as error:
            if "416 Range Not Satisfiable" in str(error):
                return b"", offset
            raise self._failed(name, error) from None
        if start != offset or len(data) != min(length, size - offset):
            raise OSError(errno.EIO, f"{len(data)} bytes came for {length} at byte {offset}", self.at(name))
        return data, size

    def contents(self, name: str) -> bytes:
        """All of a small file. Raises OSError."""
        import obstore
        from obstore.exceptions import BaseError

        try:
            return obstore.get(self._store, name).bytes().to_bytes()
        except (BaseError, OSError) as error:
            raise self._failed(name, error) from None

    def sizes(self) -> dict[str, int]:
        """The name of every file and its size; a request for a thousand. Raises OSError."""
        import obstore
        from obstore.exceptions import BaseError

        try:
            found = [meta for page in obstore.list(self._store) for meta in page]
        except (BaseError, OSError) as error:
            raise self._failed("", error) from None
        return {str(meta["path"]): int(meta["size"]) for meta in found}

    def size(self, name: str) -> int | None:
        """The size of a file, None where there is none. Raises OSError."""
        import obstore
        from obstore.exceptions import BaseError

        try:
            return obstore.head(self._store, name)["size"]
        except (BaseError, OSError) as error:
            failed = self._failed(name, error)
            if isinstance(failed, FileNotFoundError):
                return None
            raise failed from None

    def put(self, name: str, path: Path) -> None:
        """Have the file at `path` under `name`, whole or not at all. Raises OSError.

        `FileExistsError` if the bucket has a file of that name: it is never replaced.
        """
        import obstore
        from obstore.exceptions import BaseError

        try:
            if self.size(name) is not None:
                raise FileExistsError(errno.EEXIST, "there is a file of this name", self.at(name))
            size = path.stat().st_size
            if size <= PART:
                obstore.put(self._store, name, path.read_bytes(), mode="create")
                return
            part = max(PART, -(-size // PARTS))
            obstore.put(self._store, name, _pieces(path), chunk_size=part, max_concurrency=AT_ONCE)
        except (BaseError, OSError) as error:
            raise self._failed(name, error) from None

    def at(self, name: str) -> str:
        """The file's address, for people."""
        return f"{self.url.rstrip('/')}/{name}"

    def _failed(self, name: str, error: Exception) -> OSError:
        """What `error` of the library says, in one line that tells no secret."""
        from obstore.exceptions import AlreadyExistsError

        if isinstance(error, OSError) and error.errno is not None:
            return error  # of the disk, or said in our words already
        text = str(error).partition("\n\nDebug source:")[0]
        status = re.search(r"status code: (\d{3})", text)
        said = [re.search(rf"<{tag}>([^<]*)</{tag}>", text) for tag in ("Code", "Message")]
        code = said[0][1] if said[0] else ""
        why = ": ".join(each[1] for each in said if each)
        if isinstance(error, AlreadyExistsError):
            return FileExistsError(errno.EEXIST, "there is a file of this name", self.at(name))
        if isinstance(error, FileNotFoundError) and code != "NoSuchBucket":
            return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), self.at(name))
        if "api/token" in text or "credential" in text.lower() or "Missing AccessKeyId" in text:
            why, status = "no keys to it; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment", None
        elif status:
            why = f"the store answers {status[1]}{f' ({why})' if why else ''}"
        elif "builder error" in text and not self.allow_http:
            why = "no https address; write [storage] allow_http = true if this is meant"
        elif "error sending request" in text:
            why = "the store does not answer"
        else:
            why = "the store gives no answer that can be understood"
        denied = status is not None and status[1] in ("401", "403")
        return (PermissionError if denied else OSError)(errno.EACCES if denied else errno.EIO, why, self.at(name))


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            yield piece
