"""Whether everything answers that NODE.toml names, asked once: for whoever stands under the pole with a laptop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from time import monotonic

from siaga_edge.gauge.registers import RegisterError
from siaga_edge.gauge.runner import GaugeSource, GaugeUnreachableError
from siaga_edge.platform.redaction import redact
from siaga_edge.runtime.gauge_factory import SourceFactory, where
from siaga_edge.settings import CameraSettings, GaugeSettings, NodeSettings
from siaga_edge.settings.staff_gauges import CameraSource

_AT_ONCE = 16
_READING_SECONDS = 10.0
_POLL_EVERY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One thing that was asked, and what came of it."""

    what: str
    is_well: bool
    result: str


class _NoCursors:
    """A trial must not move the places up to which files were read."""

    def cursor(self, name: str) -> str | None:
        return None

    def set_cursor(self, name: str, value: str) -> None:
        pass


def try_all(settings: NodeSettings, *, greet: Callable[[], str]) -> Iterator[CheckResult]:
    """The broker, cameras and gauges, all at once; told in the order of the file, within some fifteen seconds.

    `greet` connects to the broker once and tells what it found; raises OSError or ValueError.
    """
    broker, sources = settings.broker, SourceFactory(cursors=_NoCursors())
    requested: list[tuple[str, Callable[[], str]]] = [
        (f"broker {broker.host}:{broker.port}", greet),
        *((f"camera {each.id}", partial(_camera, each)) for each in settings.cameras),
        *((f"gauge {each.id}", partial(_gauge, each, sources)) for each in settings.gauges),
    ]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = [(what, pool.submit(check)) for what, check in requested]
        for what, answer in answers:
            yield _attempt(what, answer)


def _attempt(what: str, answer: Future[str]) -> CheckResult:
    try:
        return CheckResult(what, True, answer.result())
    except (OSError, ValueError) as error:
        return CheckResult(what, False, redact(str(error)))


def _camera(camera: CameraSettings) -> str:
    # Only here: a box without cameras may lack the picture libraries.
    from siaga_edge.camera.capture.first_frame import first_frame

    return first_frame(camera)


def _gauge(gauge: GaugeSettings, sources: SourceFactory) -> str:
    if isinstance(gauge.source, CameraSource):
        return f"{where(gauge)}: look at it with `siaga-edge calibrate`"
    source = sources.source(gauge)
    try:
        return f"{where(gauge)}: {_first_reading(source)}"
    except OSError as error:
        raise OSError(f"{where(gauge)}: {error}") from None
    finally:
        source.close()


def _first_reading(source: GaugeSource) -> str:
    """Before the gauge's datum; raises `GaugeUnreachableError`."""
    until, pause, trouble = monotonic() + _READING_SECONDS, threading.Event(), ""
    while monotonic() < until:
        try:
            if samples := source.read(datetime.now(UTC)):
                level, flags = samples[-1].level_cm, ", ".join(samples[-1].flags)
                if level is None:
                    raise GaugeUnreachableError(f"answers, but has no level ({flags or 'no reason given'})")
                return f"{level:g} cm{', ' + flags if flags else ''}, {samples[-1].age_seconds:.0f} s old"
            trouble = "answers, but gives no reading"
        except RegisterError as error:
            trouble = str(error)
        pause.wait(_POLL_EVERY_SECONDS)
    raise GaugeUnreachableError(trouble)
