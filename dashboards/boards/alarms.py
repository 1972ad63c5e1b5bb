"""Alert rules for the platform itself. The cloud sends the city's own alarms, which do not depend on Grafana."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from grafana_foundation_sdk.builders import alerting
from grafana_foundation_sdk.builders import expr as expressions
from grafana_foundation_sdk.models import alerting as model
from grafana_foundation_sdk.models import dashboard as dashboard_model

from dashboards.boards.boards import FOLDER_PLATFORM, TITLE_PLATFORM
from dashboards.boards.fields import DATASOURCE_UID, Sql
from dashboards.boards.words import Text

RUNBOOK: Final = "docs/runbook.md"
_EXPRESSION: Final = dashboard_model.DataSourceRef(type_val="__expr__", uid="__expr__")
EVERY: Final = "1m"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A query of one number, `value`; it fires while that is above `over` for as long as `held`."""

    uid: str
    title: Text
    sql: str
    over: float
    held: str
    severity: str

    @property
    def anchor(self) -> str:
        """Its section in the runbook."""
        return self.uid.removeprefix("siaga-")


ALARMS: Final = (
    Alarm(
        uid="siaga-ingest-silent", title=Text("Tidak ada pesan masuk", "No messages"), held="2m", over=300,
        severity="critical",
        sql="SELECT coalesce(extract(epoch FROM now() - max(minute)), 0)::float8 AS value FROM dashboards.ingest_minute",
    ),
    Alarm(
        uid="siaga-worker-gone", title=Text("Pekerja atau penerima mati", "Worker or ingest is gone"), held="0s", over=45,
        severity="critical", sql="SELECT greatest(worker_seconds, ingest_seconds) AS value FROM dashboards.pulse",
    ),
    Alarm(
        uid="siaga-ingest-lag", title=Text("Pesan terlambat", "Messages are delayed"), held="5m", over=60, severity="warning",
        sql="SELECT coalesce(max(lag_p95_seconds), 0)::float8 AS value FROM dashboards.ingest_minute"
        " WHERE minute > now() - interval '10 minutes'",
    ),
    Alarm(
        uid="siaga-shards-free", title=Text("Bagian tanpa penerima", "Shards without a replica"), held="2m", over=0,
        severity="critical", sql="SELECT count(*)::float8 AS value FROM dashboards.shard WHERE NOT is_held",
    ),
    Alarm(
        uid="siaga-messages-missing", title=Text("Pesan hilang", "Messages are missing"), held="30m", over=0,
        severity="warning", sql="SELECT coalesce(sum(missing), 0)::float8 AS value FROM dashboards.outbox WHERE updated_at > now() - interval '1 day'",
    ),
    Alarm(
        uid="siaga-dead-letters", title=Text("Pesan tak terbaca", "Unreadable messages"), held="0s", over=0,
        severity="warning",
        sql="SELECT count(*)::float8 AS value FROM dashboards.dead_letter WHERE replayed_at IS NULL AND last_at > now() - interval '1 hour'",
    ),
    Alarm(
        uid="siaga-wrong-clocks", title=Text("Jam perangkat salah", "The clock of a node is wrong"), held="0s", over=0,
        severity="warning",
        sql="SELECT count(DISTINCT node_id)::float8 AS value FROM dashboards.quarantine"
        " WHERE released_at IS NULL AND last_at > now() - interval '1 hour'",
    ),
    Alarm(
        uid="siaga-nodes-offline", title=Text("Banyak perangkat terputus", "Many nodes are offline"), held="5m", over=0.1,
        severity="warning",
        sql="SELECT coalesce(count(*) FILTER (WHERE state <> 'online')::float8 / nullif(count(*), 0), 0) AS value FROM dashboards.node_now",
    ),
    Alarm(
        uid="siaga-gauges-silent", title=Text("Pos pantau diam", "Gauges are silent"), held="10m", over=0.2,
        severity="critical",
        sql="SELECT coalesce(count(*) FILTER (WHERE stale_since IS NOT NULL)::float8 / nullif(count(*), 0), 0) AS value"
        " FROM dashboards.gauge_now WHERE measured_at IS NOT NULL",
    ),
    Alarm(
        uid="siaga-signals-wait", title=Text("Sinyal belum diolah", "Signals wait to be processed"), held="2m", over=120,
        severity="critical", sql="SELECT oldest_seconds AS value FROM dashboards.signal_waiting",
    ),
    Alarm(
        uid="siaga-jobs-wait", title=Text("Pekerjaan menunggu lama", "Jobs wait too long"), held="2m", over=300,
        severity="critical",
        sql="SELECT coalesce(max(oldest_seconds), 0)::float8 AS value FROM dashboards.job WHERE status = 'todo'",
    ),
    Alarm(
        uid="siaga-jobs-failed", title=Text("Pekerjaan gagal", "Jobs failed"), held="0s", over=0, severity="warning",
        sql="SELECT coalesce(sum(n), 0)::float8 AS value FROM dashboards.job WHERE status = 'failed'",
    ),
    Alarm(
        uid="siaga-deadlines-stuck", title=Text("Tenggat tugas berhenti", "Deadlines are not processed"), held="2m", over=180,
        severity="critical", sql="SELECT oldest_seconds AS value FROM dashboards.deadline_waiting",
    ),
    Alarm(
        uid="siaga-rollups-behind", title=Text("Penjumlahan tertinggal", "Roll-ups are behind"), held="10m", over=1800,
        severity="warning", sql="SELECT oldest_seconds AS value FROM dashboards.rollup_waiting",
    ),
    Alarm(
        uid="siaga-alerts-stuck", title=Text("Peringatan tidak terkirim", "Alerts are not sent"), held="2m", over=300,
        severity="critical",
        sql="SELECT coalesce(extract(epoch FROM now() - min(due_at)), 0)::float8 AS value FROM dashboards.alert_message"
        " WHERE state = 'queued' AND due_at < now() AND created_at > now() - interval '2 days'",
    ),
    Alarm(
        uid="siaga-connections-full", title=Text("Sambungan basis data hampir habis", "Database connections run out"),
        held="2m", over=0.9, severity="critical",
        sql="SELECT connections::float8 / most_connections AS value FROM dashboards.database",
    ),
    Alarm(
        uid="siaga-replica-behind", title=Text("Replika tertinggal", "A replica is behind"), held="5m", over=60,
        severity="warning", sql="SELECT replica_lag_seconds AS value FROM dashboards.database",
    ),
)  # fmt: skip


def rule_group() -> dict[str, Any]:
    """The file that Grafana reads its alert rules from."""
    rules = [_rule(alarm).build().to_json() for alarm in ALARMS]
    for rule in rules:  # what the file names otherwise than the API
        rule.pop("orgID"), rule.pop("folderUID"), rule.pop("ruleGroup")
        rule["data"] = [_in_file(query.to_json()) for query in rule["data"]]  # type: ignore[attr-defined]
    group = {"orgId": 1, "name": "siaga-platform", "folder": TITLE_PLATFORM, "interval": EVERY, "rules": rules}
    return {"apiVersion": 1, "groups": [group]}


def _in_file(query: dict[str, Any]) -> dict[str, Any]:
    return {"datasourceUid": query.pop("datasourceUid"), **query}


def _rule(alarm: Alarm) -> alerting.Rule:
    return (
        alerting.Rule(f"{alarm.title.id} · {alarm.title.en}")
        .uid(alarm.uid)
        .folder_uid(FOLDER_PLATFORM)
        .rule_group("siaga-platform")
        .condition("B")
        .with_query(_alarm_query(alarm))
        .with_query(_compared(alarm))
        .for_val(alarm.held)
        .no_data_state("Alerting")  # each query has a row, always: none means that something is broken
        .exec_err_state("Error")
        .labels({"severity": alarm.severity, "system": "siaga"})
        .annotations({"summary": alarm.title.en, "ringkasan": alarm.title.id, "runbook": f"{RUNBOOK}#{alarm.anchor}"})
    )


def _alarm_query(alarm: Alarm) -> alerting.Query:
    span = model.RelativeTimeRange(from_val=600, to=0)
    return alerting.Query("A").datasource_uid(DATASOURCE_UID).relative_time_range(span).model(Sql(alarm.sql))


def _compared(alarm: Alarm) -> alerting.Query:
    evaluator = expressions.ExprTypeThresholdConditionsEvaluator().params([alarm.over]).type("gt")
    threshold = (
        expressions.TypeThreshold()
        .ref_id("B")
        .expression("A")
        .datasource(_EXPRESSION)
        .conditions([expressions.ExprTypeThresholdConditions().evaluator(evaluator)])
    )
    return alerting.Query("B").datasource_uid("__expr__").model(threshold)
