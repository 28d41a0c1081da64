"""The stage: everything that happens, in the order of time, up to the present."""

from __future__ import annotations

import heapq
import itertools
import random
import uuid
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from hotline.demo.people import Crew
from hotline.storage import AudioStore

# Numbers of the demonstration: +84900000001 to 099, each used again only when all others have been.
SENDERS = 99

Act = Callable[[datetime], None]


class Stage:
    """A clock that runs through what was planned; acts plan what follows from them, and `stored` lists audio."""

    def __init__(
        self, session: Session, store: AudioStore, crew: Crew, chance: random.Random, stored: list[str]
    ) -> None:
        self.session, self.store, self.crew, self.chance, self.stored = session, store, crew, chance, stored
        # Tips that nobody answers for.
        self.ignored: set[uuid.UUID] = set()
        # The first tip of each event that several people tell of.
        self.events: dict[str, uuid.UUID] = {}
        self._known: dict[str, str] = {}
        self._planned: list[tuple[datetime, int, Act]] = []
        self._order = itertools.count()
        self._senders = (f"+84900000{number % SENDERS + 1:03}" for number in itertools.count())

    def plan(self, when: datetime, act: Act) -> None:
        """Have `act` called with the time, once it is that late."""
        heapq.heappush(self._planned, (when, next(self._order), act))

    def sender(self, name: str | None = None) -> str:
        """The next number in turn, or the one that somebody by this name has."""
        number = self._known.get(name or "") or next(self._senders)
        if name is not None:
            self._known[name] = number
        return number

    def sid(self, kind: str) -> str:
        """An identifier as the provider gives them."""
        return kind + self.chance.randbytes(16).hex()

    def play(self, now: datetime) -> None:
        """Let everything happen that has come by `now`."""
        while self._planned and self._planned[0][0] <= now:
            when, _, act = heapq.heappop(self._planned)
            act(when)
