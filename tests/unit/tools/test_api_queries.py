"""How the plans in PostgreSQL's log are read."""

from __future__ import annotations

from benchmarks.api_queries.plans import growing_scans, read

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
\t      {"Node Type": "Index Scan", "Relation Name": "incident", "Actual Rows": 1, "Actual Loops": 3}
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
    assert (second.text, second.scanned) == ("SELECT 1", {})


def test_a_table_that_grows_and_a_chunk_count_and_a_table_of_the_city_does_not() -> None:
    first, _ = read(LOG)
    assert growing_scans(first, {"report", "incident"}) == {"report": 30, "_hyper_2_14_chunk": 5}
