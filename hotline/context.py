"""What a process of the hotline is made of, and in the web process reachable from any view."""

from __future__ import annotations

import os
from dataclasses import dataclass

from flask import current_app

from hotline.db import Database
from hotline.queue import JobQueue
from hotline.settings import Settings
from hotline.storage import AudioStore
from hotline.triage_models import TriageModels
from hotline.vault import KeyRing, Vault

EXTENSION = "hotline"


@dataclass(frozen=True, slots=True)
class Parts:
    """Built once a process from the settings, never changed; web, workers and command line share it."""

    settings: Settings
    database: Database
    store: AudioStore
    queue: JobQueue

    @property
    def triage_models(self) -> TriageModels:
        """The models that texts are read with."""
        return TriageModels(self.settings.data_dir)

    @classmethod
    def build(cls, settings: Settings) -> Parts:
        """Open everything; raises BadConfiguration when the key ring cannot be used."""
        vault = Vault(KeyRing.load_or_create(settings.data_dir, os.environ))
        return cls(
            settings=settings,
            database=Database(settings.database_url, vault),
            store=AudioStore(settings.storage_url),
            queue=JobQueue(settings.redis_url),
        )


def parts() -> Parts:
    """The parts of the running application."""
    found: Parts = current_app.extensions[EXTENSION]
    return found
