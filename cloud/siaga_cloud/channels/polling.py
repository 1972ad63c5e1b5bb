"""Runs the role that polls channels for new messages, with one thread for each configured channel."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from siaga_cloud.channels import registry
from siaga_cloud.channels.conversation.service import IntakeContext
from siaga_cloud.channels.conversation.understanding import ReportContext
from siaga_cloud.channels.fetching.connections import poll_forever
from siaga_cloud.channels.kinds.channel import PollContext
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.city.service.gazetteer import GazetteerLookup
from siaga_cloud.platform.db.connection import Connection, Database
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.settings import Settings

BEAT_SECONDS = 5.0
STOP_SECONDS = 40.0  # a call to Telegram may wait for half a minute

log = logging.getLogger(__name__)


def run_fetching(
    database: Database, settings: Settings, *, stop: threading.Event, beat: Callable[[], None] = lambda: None
) -> None:
    """Poll until the program is stopped. Without a configured channel it only waits, so that a deployment may always
    have this role.

    `beat` is called while every polling thread is alive.
    """
    make_context = context_maker(settings)
    context = PollContext(settings=settings, database=database, make_context=make_context, stop=stop)
    pollers = registry.pollers(context)
    log.info(
        "polling channels: %s", ", ".join(sorted(pollers)) or "none, because neither mailbox nor polling is set up"
    )
    threads = [
        threading.Thread(
            target=poll_forever,
            args=(name, database, poll_until),
            kwargs={"stop": stop},
            name=f"ask-{name}",
            daemon=True,
        )
        for name, poll_until in pollers.items()
    ]
    with database:
        for thread in threads:
            thread.start()
        while not stop.wait(BEAT_SECONDS):
            if all(thread.is_alive() for thread in threads):
                beat()
        for thread in threads:
            thread.join(STOP_SECONDS)


def context_maker(settings: Settings) -> Callable[[Connection], IntakeContext]:
    """Return a function that builds what the intake of a message needs."""
    means = ReportContext(media=MediaFolder(settings.media_dir), areas=AreaLookup())
    gazetteer = GazetteerLookup()
    return lambda conn: IntakeContext(means=means, known=gazetteer.current(conn), public_url=settings.public_url)
