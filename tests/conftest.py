"""What many tests share: a newsroom by a clock that stands still, and a home that reaches it."""

from __future__ import annotations

import os

import pytest

from tests.buckets import KEYS, S3, Between
from tests.homes import START, Place
from tests.newsroom import Newsroom


@pytest.fixture
def room():
    with Newsroom(start=START) as room:
        yield room


@pytest.fixture
def herald(room):
    return room.outlet("herald.example", title="The Herald")


@pytest.fixture
def place(room, herald, tmp_path):
    return Place(tmp_path / "home", room)


# A server that speaks S3, for tests that say so with `pytest.mark.usefixtures("bucket_keys")`.


@pytest.fixture
def bucket_keys(monkeypatch):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def s3():
    with S3() as server:
        yield server


@pytest.fixture
def between(s3):
    with Between(s3) as between:
        yield between
