"""`siaga-cloud admin trace`: every processing step of one event or report, with its time and delay."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

if TYPE_CHECKING:
    from siaga_cloud.operations.trace.store import Step
    from siaga_cloud.platform.db.connection import Connection

_NUMBER = re.compile(r"^(?:(report|incident|task)[: #-]?)?(\d{1,18})$")


def trace(
    wanted: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            show_default=False,
            help="UUID of an event, report, incident or task, or its number, such as report:1001 or task:12.",
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Print every step from an event or report to its task, with time, delay, actor and the identifiers in logs."""
    from siaga_cloud.operations.trace import store as record
    from siaga_cloud.platform.cli import database, fail

    with database() as conn:
        found = _find(conn, wanted)
        incidents = record.incidents_of(conn, found) if found else []
        if found is None or not (incidents or record.is_known(conn, found)):
            fail(f"ID: got {wanted!r}, expected an event, report, incident or task that is stored", code=2)
        signals = record.signals_of(conn, incidents) or [found]
        steps = record.steps(conn, signals=signals, incidents=incidents)
    typer.echo(_as_json(steps) if as_json else as_table(steps))
    if not incidents:
        typer.echo("it belongs to no incident: the worker has not processed it, or the policy excludes it", err=True)


def _find(conn: Connection, wanted: str) -> UUID | None:
    """Find an object by its id; a plain number is that of a report."""
    from siaga_cloud.operations.trace import store as record

    found = _NUMBER.match(wanted)
    if found is None:
        try:
            return UUID(wanted)
        except ValueError:
            return None
    match found[1]:
        case "incident" | "task" as kind:
            return record.id_of(conn, kind, int(found[2]))
        case _:
            return record.id_of(conn, "report", int(found[2]))


def as_table(steps: Sequence[Step]) -> str:
    """Return one line a step: time, seconds since the first and since the one before, what, who, ids."""
    lines = [f"{'time (UTC)':<24} {'since first':>12} {'lag':>10}  {'step':<10} who: what [ids]"]
    before = first = steps[0].at if steps else None
    for step in steps:
        since, lag = _seconds(step.at, first), _seconds(step.at, before)
        at = step.at.isoformat(sep=" ", timespec="milliseconds").removesuffix("+00:00")
        lines.append(f"{at:<24} {since:>12} {lag:>10}  {step.step:<10} {step.who}: {step.what} [{step.ids}]")
        before = step.at
    return "\n".join(lines)


def _seconds(at: datetime, since: datetime | None) -> str:
    return "" if since is None else f"{(at - since).total_seconds():.3f} s"


def _as_json(steps: Sequence[Step]) -> str:
    return json.dumps([{**asdict(step), "at": step.at.isoformat()} for step in steps], indent=1)
