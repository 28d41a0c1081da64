"""`python -m scripts.odd_recordings`: two hundred corrupt or odd files through the worker's job, each to a named result.

Takes one to three minutes; exit status 1 if one of them has no name or is stuck.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections import Counter

from sqlalchemy import select

from hotline import logs, schema
from hotline.context import Parts
from hotline.models import Recording
from hotline.models.call import RecordingState
from hotline.models.sealed import data_key
from hotline.settings import Settings
from speech.models import DEMO_MODEL
from speech.vosk_engine import VoskEngine
from tests.builders import create_recording, create_world
from tests.speech.odd_files import odd_files
from workers import jobs, runtime

ENDS = (RecordingState.TRANSCRIBED, RecordingState.ABSENT, RecordingState.FAILED)


def main() -> None:
    logs.configure({"LOG_FORMAT": "text"})
    logging.disable(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DATA_DIR": folder, "REDIS_URL": f"unix://{folder}/away"}
        parts = Parts.build(Settings.from_env(os.environ))
        schema.migrate(parts.database)
        with parts.database.begin() as session:
            create_world(session)
            for _, content in odd_files():
                recording = create_recording(session, state=RecordingState.TO_TRANSCRIBE)
                recording.storage_key = parts.store.put(data_key(recording), [content])
        runtime.set_engine(VoskEngine.load(DEMO_MODEL))
        with parts.database.reading() as session:
            ids = session.scalars(select(Recording.id)).all()
        for recording_id in ids:
            jobs.transcribe(str(recording_id))
        runtime.set_engine(None)
        with parts.database.reading() as session:
            rows = session.scalars(select(Recording)).all()
    results = Counter((row.state, row.failure or row.sound or "") for row in rows)
    for (state, name), count in results.most_common():
        print(f"{count:4} {state}: {name}")
    stuck = sum(count for (state, name), count in results.items() if state not in ENDS or not name)
    print(f"{len(rows)} files, {len(rows) - stuck} named results, {stuck} stuck or nameless")
    sys.exit(1 if stuck else 0)


if __name__ == "__main__":
    main()
