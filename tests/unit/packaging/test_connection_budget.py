"""The programs of docker-compose.yml open fewer connections than the database allows, as docs/capacity.md says."""

from __future__ import annotations

import inspect
import re

from tests.unit.packaging.compose_file import ROOT, services

from siaga_cloud import worker
from siaga_cloud.feeds.run import CONCURRENCY as FEEDS_CONCURRENCY
from siaga_cloud.platform.db.connection import Database
from siaga_cloud.platform.http.admission.middleware import MOST_CONNECTIONS

POOL = inspect.signature(Database).parameters["max_connections"].default
LISTENER = WRITER = CLOCK = 1
# The most that one process of a program opens: its pools, and what it holds besides.
MOST = {
    "api": MOST_CONNECTIONS + LISTENER + CLOCK,
    "ingest": WRITER + 2 + CLOCK,
    "worker": POOL + worker.CONCURRENCY + 4 + CLOCK,
    "feeds": POOL + FEEDS_CONCURRENCY + 2 + CLOCK,
    "publish": WRITER + CLOCK,
    "fetch": 4 + CLOCK,
}


def processes() -> dict[str, int]:
    """How many processes of each program all profiles together start."""
    commands = [str(one["command"][0]) for one in services().values() if "command" in one]
    return {program: commands.count(program) for program in MOST}


def test_all_profiles_together_need_fewer_than_the_database_allows() -> None:
    allowed = int(services()["db"]["environment"]["TS_TUNE_MAX_CONNS"])
    opened = sum(MOST[program] * count for program, count in processes().items())
    assert 0 < opened < 0.9 * allowed, "the alarm ConnectionsFull fires at 0.9; Grafana and people need some, too"


def test_the_page_has_the_figures_of_the_code() -> None:
    page = (ROOT / "docs" / "capacity.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+) \| (\d+) \|$", page, re.MULTILINE)
    assert {name: (int(each), int(count), int(all_)) for name, each, count, all_ in rows} == {
        name: (MOST[name], count, MOST[name] * count) for name, count in processes().items()
    }
    total = sum(MOST[name] * count for name, count in processes().items())
    assert f"| all | | | {total} |" in page
