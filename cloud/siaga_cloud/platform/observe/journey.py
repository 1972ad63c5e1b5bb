"""Names the steps from a signal to a notification in every log line, and as spans where traces are enabled.

Without `siaga_cloud.platform.observe.telemetry` the spans cost almost nothing, because OpenTelemetry's own calls are
then empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Final
from uuid import UUID

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, TraceFlags
from opentelemetry.util.types import AttributeValue

from siaga_core.logs import about
from siaga_core.wire.trace import Step, span_id, trace_id

TRACER: Final = "siaga"

named: ContextVar[tuple[int, int] | None] = ContextVar("named", default=None)
"""Trace and span id that the next span shall have; taken up by `telemetry.NamedIds`."""


@contextmanager
def step(
    name: Step,
    origin: UUID,
    key: str,
    *,
    after: tuple[Step, str] | None = None,
    began: datetime | None = None,
    **attributes: AttributeValue | None,
) -> Iterator[Span]:
    """Yield one step of the journey that began with the signal `origin`; `after`: the step that it follows.

    `began`: where that was before this block.
    """
    tracer = trace.get_tracer(TRACER)
    around = trace.get_current_span().get_span_context()
    links = [Link(around)] if around.is_valid and around.trace_id != origin.int else []
    with (
        about(trace=trace_id(origin)),
        _named(origin, name, key),
        tracer.start_as_current_span(
            name,
            context=_after(origin, after),
            links=links,
            attributes=_known(attributes),
            start_time=_nanoseconds(began) if began else None,
        ) as span,
    ):
        yield span


@contextmanager
def within(name: Step, key: str, **attributes: AttributeValue | None) -> Iterator[Span]:
    """Yield a step of the journey in hand."""
    around = trace.get_current_span().get_span_context()
    token = named.set((around.trace_id, int(span_id(name, key), 16)) if around.is_valid else None)
    try:
        with trace.get_tracer(TRACER).start_as_current_span(name, attributes=_known(attributes)) as span:
            yield span
    finally:
        named.reset(token)


def past(name: Step, origin: UUID, key: str, *, began: datetime, ended: datetime, **attributes: AttributeValue) -> None:
    """Record a finished step that another program performed: what a node did before it sent its message."""
    with _named(origin, name, key):
        span = trace.get_tracer(TRACER).start_span(
            name, context=Context(), start_time=_nanoseconds(began), attributes=_known(attributes)
        )
    span.end(_nanoseconds(max(began, ended)))


def _after(origin: UUID, after: tuple[Step, str] | None) -> Context:
    if after is None:
        return Context()
    parent = SpanContext(
        trace_id=origin.int,
        span_id=int(span_id(*after), 16),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )
    return trace.set_span_in_context(NonRecordingSpan(parent), contexts.Context())


@contextmanager
def _named(origin: UUID, name: Step, key: str) -> Iterator[None]:
    token = named.set((origin.int, int(span_id(name, key), 16)))
    try:
        yield
    finally:
        named.reset(token)


def _known(attributes: dict[str, AttributeValue | None]) -> dict[str, AttributeValue]:
    return {f"siaga.{name}": value for name, value in attributes.items() if value is not None}


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000) * 1000
