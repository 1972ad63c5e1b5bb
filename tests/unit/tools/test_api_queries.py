"""What is requested, and how the plans in PostgreSQL's log are read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from benchmarks.api_queries.plans import growing_scans, read
from benchmarks.api_queries.requests import Examples, requests

LOG = """\
2026-12-02 09:00:00.000 UTC [77] LOG:  duration: 12.345 ms  plan:
\t{
\t  "Query Text": "SELECT *\\n  FROM report WHERE area_id = $1",
\t  "Plan": {
\t    "Node Type": "Nested Loop", "Actual Rows": 3, "Actual Loops": 1, "Shared Hit Blocks": 40, "Shared Read Blocks": 2,
\t    "Plans": [
\t      {"Node Type": "Seq Scan", "Relation Name": "area", "Actual Rows": 1, "Actual Loops": 3},
\t      {"Node Type": "Seq Scan", "Relation Name": "report", "Actual Rows": 1, "Actual Loops": 3,
\t       "Rows Removed by Filter": 9},
\t      {"Node Type": "Seq Scan", "Relation Name": "_hyper_2_14_chunk", "Actual Rows": 5, "Actual Loops": 1},
\t      {"Node Type": "Index Scan", "Relation Name": "incident", "Index Name": "incident_pkey", "Actual Rows": 1,
\t       "Actual Loops": 3}
\t    ]
\t  }
\t}
2026-12-02 09:00:00.100 UTC [77] LOG:  duration: 0.100 ms  plan:
\t{"Query Text": "SELECT 1", "Plan": {"Node Type": "Result", "Actual Rows": 1}}
2026-12-02 09:00:00.200 UTC [77] ERROR:  canceling statement
"""


def test_the_plans_of_the_log_are_read_with_what_was_scanned() -> None:
    first, second = read(LOG)
    assert (first.text, first.milliseconds) == ("SELECT * FROM report WHERE area_id = $1", 12.345)
    assert (first.rows, first.blocks) == (3, 42)
    assert first.scanned == {"area": 3, "report": 30, "_hyper_2_14_chunk": 5}
    assert first.touched == {**first.scanned, "incident": 3}
    assert first.indexes == {"incident_pkey"}
    assert (second.text, second.scanned) == ("SELECT 1", {})


def test_a_table_that_grows_and_a_chunk_count_and_a_table_of_the_city_does_not() -> None:
    first, _ = read(LOG)
    assert growing_scans(first, {"report", "incident"}) == {"report": 30, "_hyper_2_14_chunk": 5}


def parameter(name: str, schema: dict[str, Any], *, is_required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": is_required, "schema": schema}


DESCRIBED = {
    "components": {"schemas": {"State": {"enum": ["open", "closed"]}}},
    "paths": {
        "/tasks/{task_id}": {"get": {}},
        "/unknown/{thing}": {"get": {}},
        "/tasks": {
            "get": {
                "parameters": [
                    parameter("from", {"type": "string"}),
                    parameter("limit", {"type": "integer", "maximum": 50}),
                    parameter("state", {"anyOf": [{"$ref": "#/components/schemas/State"}, {"type": "null"}]}),
                ]
            }
        },
        "/places": {"get": {"parameters": [parameter("q", {"type": "string"}, is_required=True)]}},
        "/secret": {"get": {"parameters": [parameter("code", {"type": "string"}, is_required=True)]}},
        "/live": {"get": {}},
    },
}


def test_each_parameter_is_tried_and_the_widest_together() -> None:
    examples = Examples(paths={"task_id": ("1", "2")}, queries={"q": "x"}, end=datetime(2026, 12, 2, tzinfo=UTC))
    assert list(requests(DESCRIBED, examples)) == [
        "/tasks/1",
        "/tasks/2",
        "/tasks",
        "/tasks?from=2025-12-02T00%3A00%3A00Z",
        "/tasks?limit=50",
        "/tasks?state=open",
        "/tasks?state=closed",
        "/tasks?from=2025-12-02T00%3A00%3A00Z&limit=50",
        "/places?q=x",
    ]
