"""What many tests share: a newsroom by a clock that stands still, and a home that reaches it."""

from __future__ import annotations

import pytest

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
