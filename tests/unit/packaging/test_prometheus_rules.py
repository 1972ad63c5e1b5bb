"""Alert rules: each has its section in the runbook, and every metric in them is exported by the code."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest
from tests.unit.packaging.compose_file import ROOT

from siaga_cloud.ingest.metrics import IngestMetrics
from siaga_cloud.operations.metrics import MEANINGS, PlatformCollector
from siaga_cloud.operations.store import figures as platform_figures
from siaga_cloud.operations.store.figures import JobsWaiting, PlatformFigures
from siaga_cloud.platform.http.metrics import Metrics
from siaga_cloud.platform.observe.clock_watch import ClockWatch
from siaga_cloud.platform.observe.job_metrics import JobMetrics
from siaga_core.wire.messages import OutboxHealth
from siaga_edge.fleet.plan import FleetState
from siaga_edge.status.figures import Snapshot
from siaga_edge.status.health import health_fields
from siaga_edge.status.last_event import LastEventSummary
from siaga_edge.status.metrics import exposition

RULES = ROOT / "packaging" / "prometheus" / "rules.yml"
NOW = datetime(2026, 1, 15, 8, 30, tzinfo=UTC)
FIGURES = PlatformFigures(
    single=dict.fromkeys(MEANINGS, 1.0),
    jobs=(JobsWaiting(queue="signals", waiting=1, oldest_seconds=2, failed=0),),
    nodes={"online": 3, "offline": 1},
    silent={"node-a": 400.0},
)


def alerts() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]]


def node_id() -> bytes:
    outbox = OutboxHealth(waiting=0, evicted=0, bytes=1, free_bytes=2**30)
    health = health_fields(now=NOW, began_at=NOW - timedelta(hours=3), outbox=outbox, cameras=[], gauges=[])
    return exposition(
        lambda: Snapshot(
            node="node-a", at=NOW, health=health, fps={}, inferred_per_second={}, latency_seconds={}, is_linked=True,
            fleet=FleetState(), last=LastEventSummary(), certificate_ends_at=NOW + timedelta(days=9),
        )
    )  # fmt: skip


def platform(tmp_path: Path, read: Any = lambda: FIGURES) -> bytes:
    registry = CollectorRegistry()
    registry.register(PlatformCollector(read, tmp_path, database_room_bytes=10**9))
    return generate_latest(registry)


def exported(tmp_path: Path) -> set[str]:
    """Names of all series that the programs give out, after each was counted once."""
    jobs, ingest, http = JobMetrics(), IngestMetrics(), Metrics()
    jobs.jobs.labels("roll_up", "done").inc()
    http.requests.labels("GET", "/", "200").inc()
    ClockWatch(lambda: 0.0, jobs.registry, limit_seconds=30, on_wrong=lambda: None).look()
    texts = [generate_latest(one.registry) for one in (jobs, ingest, http)] + [node_id(), platform(tmp_path)]
    return {name for text in texts for name in re.findall(r"^(\w+)(?:\{| )", text.decode(), re.MULTILINE)} | {"up"}


def test_every_alert_has_its_words_its_severity_and_its_section_of_the_runbook() -> None:
    sections = set(re.findall(r"^## (\S+)$", (ROOT / "docs" / "runbook.md").read_text("utf-8"), re.MULTILINE))
    found = alerts()
    assert len({rule["alert"] for rule in found}) == len(found) >= 25
    for rule in found:
        page, _, section = rule["annotations"]["runbook"].partition("#")
        assert (page, section in sections) == ("docs/runbook.md", True), rule["alert"]
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"]["summary"] != rule["annotations"]["ringkasan"]


def test_every_metric_that_a_rule_names_is_exported(tmp_path: Path) -> None:
    there = exported(tmp_path)
    for rule in alerts():
        named = set(re.findall(r"\b(?:siaga_\w+|up)\b(?=[\s{\[\)]|$)", rule["expr"]))
        assert named, rule["expr"]
        assert named <= there, f"{rule['alert']}: {named - there}"


def test_every_figure_of_the_platform_has_its_query_and_its_meaning() -> None:
    assert set(MEANINGS) == set(platform_figures._SINGLE)


@pytest.mark.parametrize("program", ["promtool"])
def test_prometheus_itself_accepts_them_where_its_tool_is_installed(program: str) -> None:
    tool = shutil.which(program)
    if tool is None:
        # Debian's package `promtool`; not needed to run the tests. What can be seen without it: brackets that close.
        for rule in alerts():
            assert rule["expr"].count("(") == rule["expr"].count(")")
        return
    for words in (["check", "rules", str(RULES)], ["check", "config", str(RULES.with_name("prometheus.yml"))]):
        reported = subprocess.run([tool, *words], capture_output=True, text=True, check=False)
        assert reported.returncode == 0, reported.stdout + reported.stderr


def test_a_database_that_is_away_is_reported_and_queried_no_more_often_than_agreed(tmp_path: Path) -> None:
    from psycopg import OperationalError

    requested = []

    def read() -> PlatformFigures:
        requested.append(1)
        if len(requested) == 1:
            raise OperationalError("gone")
        return FIGURES

    at = [0.0]
    registry = CollectorRegistry()
    registry.register(PlatformCollector(read, tmp_path, clock=lambda: at[0]))
    assert b"siaga_database_up 0.0" in generate_latest(registry)
    assert b"siaga_signals_waiting" not in generate_latest(registry)
    assert len(requested) == 1, "within ten seconds it is not asked again"
    at[0] = 11.0
    text = generate_latest(registry)
    assert b"siaga_database_up 1.0" in text
    assert b'siaga_node_silence_seconds{node="node-a"} 400.0' in text
    assert b"siaga_media_disk_free_bytes" in text
