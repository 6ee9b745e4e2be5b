"""Inboxes of alerts for tests: each message that a channel takes is a line in a file, whoever sends it.

    inbox = Inbox(tmp_path / "inbox")
    outbox = Outbox(database, settings, send=inbox.send, now=clock)
    inbox.refuse("desk", Undelivered("greylisted"), times=2)

Several processes may send to one; what it has stays when they are killed.
"""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from pathlib import Path

from archive.alert_settings import ChannelSettings
from archive.channels.message import Message, Undelivered


class Inbox:
    """What arrived, in order, in the file at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()
        self.refusals: dict[str, tuple[Undelivered, int]] = {}
        self.hanging: dict[str, threading.Event] = {}
        self.stumbling = ""
        self.tries: Counter[str] = Counter()  #: by channel

    def send(self, channel: ChannelSettings, message: Message) -> None:
        self.tries[channel.name] += 1
        if message.rule == self.stumbling:
            raise ValueError(f"a message of {message.rule}")
        if channel.name in self.hanging:
            self.hanging[channel.name].wait()
        refusal, left = self.refusals.get(channel.name, (None, 0))
        if refusal is not None and left:
            self.refusals[channel.name] = refusal, left - 1
            raise refusal
        self.take(message)

    def take(self, message: Message) -> None:
        """It arrived: on the disk, in one piece."""
        known = {name: getattr(message, name) for name in ("key", "rule", "channel", "subject", "text", "html")}
        told = [event["text"] for event in message.document["events"]]
        line = json.dumps({**known, "at": message.at.isoformat(), "document": message.document, "told": told})
        with self.path.open("ab", buffering=0) as file:
            file.write(line.encode() + b"\n")
            os.fsync(file.fileno())

    def refuse(self, channel: str, why: Undelivered, *, times: int = 10**9) -> None:
        self.refusals[channel] = why, times

    def relent(self, channel: str) -> None:
        self.refusals.pop(channel, None)

    def stumble(self, rule: str) -> None:
        """Fail as no channel should at the messages of a rule."""
        self.stumbling = rule

    def hang(self, channel: str) -> None:
        self.hanging[channel] = threading.Event()

    def let_go(self, channel: str) -> None:
        self.hanging.pop(channel).set()

    @property
    def messages(self) -> list[dict]:
        return [json.loads(line) for line in self.path.read_text("utf-8").splitlines()]

    def to(self, channel: str) -> list[dict]:
        return [message for message in self.messages if message["channel"] == channel]
