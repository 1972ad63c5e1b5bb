"""Writes the audit log as a table for the archive."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Final

from siaga_cloud.people.store.personal_data import AuditEntry
from siaga_cloud.platform.spreadsheet import cell

HEADER: Final = "id,at,actor,action,object_kind,object_id,why,details\r\n"


def rows(lines: Sequence[AuditEntry]) -> str:
    """Lines as CSV. A cell that a spreadsheet would take for a formula begins with an apostrophe."""
    out = io.StringIO()
    table = csv.writer(out)
    for one in lines:
        row = [one.id, one.at.isoformat(), one.actor, one.action, one.object_kind, one.object_id, one.why]
        table.writerow([cell(value) for value in [*row, json.dumps(one.details, sort_keys=True)]])
    return out.getvalue()
