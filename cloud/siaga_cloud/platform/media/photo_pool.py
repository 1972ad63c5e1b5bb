"""Decodes uploaded photos in processes of their own, with limits of time, memory and number.

A file of one kilobyte can decode to hundreds of megabytes. So nothing of a photo is read in the process that serves
requests: one process decodes what is cheap by its header, another one what is expensive, so that the second kind never
delays a phone's photo. A photo that must wait behind too many others is refused at once.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pebble import ProcessExpired, ProcessPool

from siaga_cloud.platform.errors import BusyError
from siaga_cloud.platform.input_errors import IntakeError
from siaga_cloud.platform.media.photo import Photo, clean_photo, is_heavy

log = logging.getLogger(__name__)

PHOTO_SECONDS: Final = 8.0  # of CPU for decoding one photo; a busy machine needs longer by the clock
WAIT_SECONDS: Final = 20.0  # from the request on, with the time behind other photos
RETRY_SECONDS: Final = 10
LIGHT_PLACES: Final = 12  # requests whose photos are decoded or wait
HEAVY_PLACES: Final = 4
STAFF_PLACES: Final = 4  # more of both, where an officer sends the photo
LIGHT_BYTES: Final = 192 * 1024 * 1024
HEAVY_BYTES: Final = 320 * 1024 * 1024
_TASKS: Final = 200  # then the process is replaced
_NICENESS: Final = 10  # requests come first
# Forked from a small process that has the decoder loaded and no threads.
_CONTEXT: Final = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([clean_photo.__module__])


@dataclass(frozen=True, slots=True)
class PhotoRefusal:
    """Holds why a photo cannot be accepted, in a form that passes between processes."""

    key: str
    got: str = ""
    expected: str = ""


class PhotoPool:
    """Cleans photos like `clean_photo`, elsewhere. Its processes start with the first photo."""

    def __init__(self, *, processes: int = 1, seconds: float = PHOTO_SECONDS) -> None:
        self._light = PhotoLane("light", processes, LIGHT_PLACES, LIGHT_BYTES, seconds)
        self._heavy = PhotoLane("heavy", 1, HEAVY_PLACES, HEAVY_BYTES, seconds)

    def clean(self, data: bytes, *, field: str = "photo", is_staff: bool = False) -> Photo:
        """Return the clean photo; raises IntakeError, and BusyError where too many photos wait."""
        return self.clean_all([data], field=field, is_staff=is_staff)[0]

    def clean_all(self, photos: Sequence[bytes], *, field: str = "photo", is_staff: bool = False) -> tuple[Photo, ...]:
        """Return the clean photos of one request, which takes one place for all of them."""
        if not photos:
            return ()
        with self._light.place(is_staff=is_staff):
            return tuple(self._clean(data, field, is_staff=is_staff) for data in photos)

    def _clean(self, data: bytes, field: str, *, is_staff: bool) -> Photo:
        found = self._light.decode(data, is_light=True)
        if found is None:
            with self._heavy.place(is_staff=is_staff):
                found = self._heavy.decode(data, is_light=False)
        if isinstance(found, Photo):
            return found
        refusal = found or PhotoRefusal("photo_too_complex")
        raise IntakeError(field, refusal.key, got=refusal.got, expected=refusal.expected)

    def close(self) -> None:
        """Ends the processes; a photo in hand is refused as busy."""
        self._light.close()
        self._heavy.close()


class PhotoLane:
    """Holds processes of one kind, and counts the requests that use them or wait for them."""

    def __init__(self, name: str, processes: int, places: int, memory_bytes: int, seconds: float) -> None:
        self._name, self._processes, self._memory_bytes, self._seconds = name, processes, memory_bytes, seconds
        self._public = threading.BoundedSemaphore(places)
        self._staff = threading.BoundedSemaphore(STAFF_PLACES)
        self._lock = threading.Lock()
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPool:
        return ProcessPool(
            max_workers=self._processes,
            max_tasks=_TASKS,
            initializer=_limit_process,
            initargs=[self._memory_bytes],
            context=_CONTEXT,
        )

    @contextmanager
    def place(self, *, is_staff: bool) -> Iterator[None]:
        """Hold a place while the block runs; raises BusyError where none is free. Staff have some of their own."""
        held = next((one for one in self._open_to(is_staff=is_staff) if one.acquire(blocking=False)), None)
        if held is None:
            raise _busy()
        try:
            yield
        finally:
            held.release()

    def _open_to(self, *, is_staff: bool) -> tuple[threading.BoundedSemaphore, ...]:
        return (self._staff, self._public) if is_staff else (self._public,)

    def decode(self, data: bytes, *, is_light: bool, seconds: float | None = None) -> Photo | PhotoRefusal | None:
        """Return the photo or why it is refused; None where it is too expensive for a light process."""
        pool = self._pool
        try:
            bounds = {"is_light": is_light, "seconds": seconds or self._seconds}
            running = pool.schedule(_decode, args=[data], kwargs=bounds, timeout=WAIT_SECONDS)
            return self._result(running, pool)
        except ProcessExpired:
            log.warning("a process that decodes photos ended while it decoded one; refusing the photo")
            return PhotoRefusal("photo_too_complex")
        except (RuntimeError, OSError, CancelledError) as error:
            log.warning("photos cannot be decoded (%s); starting new %s processes", error, self._name)
            self._replace(pool)
            raise _busy() from error

    def _result(self, running: Future[Photo | PhotoRefusal | None], pool: ProcessPool) -> Photo | PhotoRefusal | None:
        try:
            return running.result(WAIT_SECONDS)
        except TimeoutError:
            running.cancel()
            log.warning("a photo was not decoded by a %s process within %.0f s", self._name, WAIT_SECONDS)
            raise _busy() from None

    def _replace(self, broken: ProcessPool) -> None:
        with self._lock:
            if self._pool is broken:
                self._pool = self._new_pool()
                threading.Thread(target=_end, args=[broken], name="photo-pool-end", daemon=True).start()

    def close(self) -> None:
        """End the processes of this lane."""
        with self._lock:
            _end(self._pool)


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    with suppress(RuntimeError, OSError):
        pool.join()


def _busy() -> BusyError:
    return BusyError("photos-busy", "too many photos are being read", retry_after_seconds=RETRY_SECONDS)


def _limit_process(memory_bytes: int) -> None:
    """Bound what decoding may allocate beyond what the process has."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    most = pages * resource.getpagesize() + memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(_NICENESS)


def _decode(data: bytes, *, is_light: bool, seconds: float) -> Photo | PhotoRefusal | None:
    """Run in a process of the pool, which SIGPROF ends after so much CPU time."""
    if is_light and is_heavy(data):
        return None
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return clean_photo(data)
    except IntakeError as error:
        return PhotoRefusal(error.key, error.got, error.expected)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
