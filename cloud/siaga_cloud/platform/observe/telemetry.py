"""Creates traces and sends them to the collector of the city (OTLP over HTTP); it needs the extra [telemetry]."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind
from opentelemetry.trace.span import TraceState
from opentelemetry.util.types import Attributes

from siaga_cloud.platform.observe.journey import named
from siaga_cloud.settings import OtlpSettings

_RANDOM_BITS: Final = 56


class NamedIds(RandomIdGenerator):
    """Generates the ids that a step requests by its name, else random ones."""

    def generate_trace_id(self) -> int:
        """Return the journey's own id for its first step."""
        wanted = named.get()
        return wanted[0] if wanted else super().generate_trace_id()

    def generate_span_id(self) -> int:
        """Return the step's own, once; spans within it are random."""
        wanted = named.get()
        if wanted is None:
            return super().generate_span_id()
        named.set(None)
        return wanted[1]


class ByTheRandomEnd(Sampler):
    """Samples a percentage of traces by the last 56 bits of the trace id.

    `TraceIdRatioBased` uses the last 64 bits, the first two of which are the same in every UUID.
    """

    def __init__(self, percent: int) -> None:
        self._percent, self._below = percent, (percent << _RANDOM_BITS) // 100

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """By nothing but the trace id."""
        is_picked = trace_id & ((1 << _RANDOM_BITS) - 1) < self._below
        return SamplingResult(Decision.RECORD_AND_SAMPLE if is_picked else Decision.DROP, attributes, trace_state)

    def get_description(self) -> str:
        """Describe the sampler for a reader."""
        return f"{self._percent} % of all journeys"


def provider(program: str, processor: SpanProcessor, *, percent: int = 100) -> TracerProvider:
    """Return what makes spans. Every program picks the same journeys, by their ids, whatever the one before picked."""
    made = TracerProvider(
        sampler=ByTheRandomEnd(percent),
        id_generator=NamedIds(),
        resource=Resource.create({"service.name": f"siaga-{program}", "service.namespace": "siaga"}),
        shutdown_on_exit=False,
    )
    made.add_span_processor(processor)
    return made


def begin(program: str, settings: OtlpSettings) -> Callable[[], None]:
    """Traces from now on; what is returned sends the rest, and is called at the end."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    exporter = OTLPSpanExporter(endpoint=f"{settings.url}/v1/traces", timeout=5)
    made = provider(program, BatchSpanProcessor(exporter), percent=settings.percent)
    trace.set_tracer_provider(made)
    return made.shutdown
