"""The worker processes: `python -m workers default | provider | speech | scheduler`."""

from __future__ import annotations

import os
import sys

import click
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from hotline import logs, queue
from hotline.errors import HotlineError
from hotline.settings import Settings
from hotline.triage_models import TriageModels
from workers import family, jobs, schedule
from workers.speech_worker import SpeechWorker, load_engines
from workers.worker import HotlineWorker, TriageWorker


@click.group(help="Start a worker process of the hotline.")
def main() -> None:
    logs.configure(os.environ)


@main.command(help="Triage tips.")
def default() -> None:
    settings = Settings.from_env(os.environ)
    models = TriageModels(settings.data_dir)
    jobs.preload(models)
    worker = TriageWorker([_queue(settings, queue.DEFAULT)], models, serializer=JSONSerializer)
    worker.work(logging_level="WARNING")


@main.command(help="Fetch recordings and attachments, send answers.")
def provider() -> None:
    settings = Settings.from_env(os.environ)
    worker = HotlineWorker([_queue(settings, queue.PROVIDER)], serializer=JSONSerializer)
    worker.work(with_scheduler=True, logging_level="WARNING")


@main.command(help="Transcribe recordings; waits for a model where there is none.")
@click.option(
    "--processes", type=click.IntRange(1, 64), show_default="SPEECH_PROCESSES",
    help="Recordings at once, a core each; they share the model's memory.",
)  # fmt: skip
def speech(processes: int | None) -> None:
    settings = Settings.from_env(os.environ)
    processes = processes or settings.speech_processes
    load_engines(settings)
    parent = os.getpid() if processes > 1 else None

    def work() -> None:
        # In this order: one is taken of the second only when the first is empty.
        queues = [_queue(settings, queue.SPEECH), _queue(settings, queue.AGAIN)]
        worker = SpeechWorker(queues, parent=parent, serializer=JSONSerializer)
        worker.work(with_scheduler=True, logging_level="WARNING")

    if processes == 1:
        work()
    else:
        family.run(processes, work)


@main.command(help="Look regularly for work that was lost on the way.")
def scheduler() -> None:
    schedule.run()


def _queue(settings: Settings, name: str) -> Queue:
    # A worker waits on this connection for jobs, so it must not time out as the enqueueing one does.
    return Queue(name, connection=Redis.from_url(settings.redis_url), serializer=JSONSerializer)


if __name__ == "__main__":
    try:
        main()
    except HotlineError as error:
        sys.exit(f"{error}")
