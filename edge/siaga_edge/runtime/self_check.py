"""Checks once that the broker, cameras and gauges of NODE.toml respond, for a technician at the site."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from time import monotonic

from siaga_edge.gauge.registers import RegisterError, Sample
from siaga_edge.gauge.runner import GaugeSource, GaugeUnreachableError
from siaga_edge.gauge.scale import LevelRange, misdeclared
from siaga_edge.gauge.watch import GaugeFacts
from siaga_edge.platform.redaction import redact
from siaga_edge.runtime.gauge_factory import SourceFactory, gauge_facts, where
from siaga_edge.settings import CameraSettings, GaugeSettings, NodeSettings
from siaga_edge.settings.staff_gauges import CameraSource

_AT_ONCE = 64  # cameras of one host wait for one another, and must not hold up the others
_READING_SECONDS = 10.0
_POLL_EVERY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The subject of one check, whether it responded, and the details or the reason."""

    subject: str
    is_ok: bool
    detail: str


class _NoCursors:
    """A trial must not move the places up to which files were read."""

    def cursor(self, name: str) -> str | None:
        return None

    def set_cursor(self, name: str, value: str) -> None:
        pass


def check_all(settings: NodeSettings, *, greet: Callable[[], str]) -> Iterator[CheckResult]:
    """Check the broker, cameras, gauges and models in parallel; results come in the order of the file, models last.

    Each takes at most about fifteen seconds, but the cameras of one host are opened one after another. `greet` connects
    to the broker once and returns what it found; it raises OSError or ValueError.
    """
    broker, sources = settings.broker, SourceFactory(cursors=_NoCursors())
    checks: list[tuple[str, Callable[[], str]]] = [
        (f"broker {broker.host}:{broker.port}", greet),
        *((f"camera {each.id}", partial(_camera, each, settings)) for each in settings.cameras),
        *((f"gauge {each.id}", partial(_gauge, each, sources)) for each in settings.gauges),
        *([("models", partial(_models, settings))] if settings.cameras else []),
    ]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = [(what, pool.submit(check)) for what, check in checks]
        for what, answer in answers:
            yield _checked(what, answer)


def _checked(what: str, answer: Future[str]) -> CheckResult:
    try:
        return CheckResult(what, True, answer.result())
    except (OSError, ValueError) as error:
        return CheckResult(what, False, redact(str(error)))


def _camera(camera: CameraSettings, settings: NodeSettings) -> str:
    # Imported here, because a node without cameras may lack the image libraries.
    from siaga_edge.camera.capture.first_frame import first_frame

    return first_frame(camera, settings.decode)


def _models(settings: NodeSettings) -> str:
    # Imported here as above.
    from siaga_edge.runtime.models_check import models_answer

    return models_answer(settings)


def _gauge(gauge: GaugeSettings, sources: SourceFactory) -> str:
    if isinstance(gauge.source, CameraSource):
        return f"{where(gauge)}: check it with `siaga-edge calibrate`"
    source = sources.source(gauge)
    try:
        return f"{where(gauge)}: {_first_reading(source, gauge_facts(gauge))}"
    except OSError as error:
        raise OSError(f"{where(gauge)}: {error}") from None
    finally:
        source.close()


def _first_reading(source: GaugeSource, facts: GaugeFacts) -> str:
    """Before the gauge's datum; raises `GaugeUnreachableError`, also for a level that cannot be."""
    until, pause, trouble = monotonic() + _READING_SECONDS, threading.Event(), ""
    while monotonic() < until:
        try:
            if samples := source.read(datetime.now(UTC)):
                return _described(samples[-1], facts)
            trouble = "the gauge responds without a reading"
        except RegisterError as error:
            trouble = str(error)
        pause.wait(_POLL_EVERY_SECONDS)
    raise GaugeUnreachableError(trouble)


def _described(sample: Sample, facts: GaugeFacts) -> str:
    level, flags = sample.level_cm, ", ".join(sample.flags)
    if level is None:
        raise GaugeUnreachableError(f"the gauge responds without a level ({flags or 'no reason given'})")
    believable = LevelRange(min_cm=facts.quality.min_cm, max_cm=facts.quality.max_cm)
    if not believable.holds(level + facts.datum_cm):
        mistake = misdeclared(level, facts.scale, datum_cm=facts.datum_cm, believable=believable)
        found = f"got {level:g} cm, expected {believable.min_cm:g} to {believable.max_cm:g} cm with datum_cm added"
        raise GaugeUnreachableError(mistake or found)
    return f"{level:g} cm{', ' + flags if flags else ''}, {sample.age_seconds:.0f} s old"
