"""Upgrades a deployment of an earlier commit's images, with data, to the present images, and compares the rows."""

from __future__ import annotations

import shutil

from tools.compose_test import delivery, recovery
from tools.compose_test.commands import OUT, CheckError, run
from tools.compose_test.stack import SIMULATED, Stack

# No release has images yet. This is the first commit whose images make this deployment; two migrations came after it.
PREVIOUS = "2f1b16dab5ceea99dabcf815f9add30dd901d961"
_BUILDERS = ("first-start", "edge")
# `first-start` of the new version writes these: what it did, and where its queue of jobs stands.
_WRITTEN_BY_UPGRADES = {"siaga_jobs_schema"}
_COLUMNS = (
    "SELECT table_name, column_name FROM information_schema.columns JOIN pg_tables ON tablename = table_name"
    " AND schemaname = table_schema WHERE table_schema = 'public' ORDER BY 1, ordinal_position"
)


def upgraded(stack: Stack) -> str:
    """Start the earlier images on empty volumes, store data, start the present ones over them, and compare."""
    stack.down(with_volumes=True)
    earlier = Stack(
        missing=stack.missing, folder=OUT / "previous", version="previous", commit=PREVIOUS, ports=dict(stack.ports)
    )
    earlier.prepare()
    _build(earlier, stack)
    sent_before = _with_data(earlier)
    columns, nodes = columns_of(earlier), delivery.stored_of(earlier)
    rows, files = rows_of(earlier, columns), recovery.files_of_media(earlier)
    _copy_volumes(stack, earlier)
    stack.compose("run", "--rm", "first-start")
    lost = _lost(rows, rows_of(stack, columns))
    if lost or recovery.files_of_media(stack) != files:
        raise CheckError(f"rows that are not as they were, or files that differ: {lost}")
    migrations = len(rows_of(stack, {"siaga_migration": ["version"]})["siaga_migration"]) - len(rows["siaga_migration"])
    stack.up(*stack.services(), *SIMULATED, profile="simulated")
    sent_after = delivery.nothing_lost(stack)
    later = delivery.stored_of(stack)
    if fewer := [node for node, (stored, _) in nodes.items() if later[node][0] < stored]:
        raise CheckError(f"fewer messages than before the upgrade: {fewer}")
    count = sum(len(hashes) for hashes in rows.values())
    return (
        f"from {PREVIOUS[:8]}: {sent_before}; {migrations} migrations; {count} rows of {len(rows)} tables and"
        f" {len(files)} files as they were; then {sent_after}"
    )


def _build(earlier: Stack, stack: Stack) -> None:
    """Build the earlier images; the simulated city, which is no part of a deployment, is the present one."""
    earlier.compose("--profile", "*", "build", "--quiet", *_BUILDERS, seconds=3600)
    run(["docker", "tag", f"siaga-sim:{stack.version}", f"siaga-sim:{earlier.version}"])


def _with_data(earlier: Stack) -> str:
    """Start the earlier version and let nodes and a citizen report; its programs are stopped then, its nodes go on."""
    earlier.compose("run", "--rm", "setup", profile="setup")
    earlier.up()
    earlier.up(*earlier.services(), *SIMULATED, profile="simulated")
    recovery.report_with_photo(earlier)
    sent = delivery.nothing_lost(earlier)
    earlier.compose("stop", *recovery.WRITERS)
    return sent


def _copy_volumes(stack: Stack, earlier: Stack) -> None:
    """Give the new version the secrets, as in a checkout that was updated in place, and let it make what is missing."""
    secrets = stack.folder / "secrets"
    shutil.rmtree(secrets, ignore_errors=True)
    run(["cp", "--archive", str(earlier.folder / "secrets"), str(secrets)])
    stack.compose("run", "--rm", "setup", profile="setup")


def columns_of(stack: Stack) -> dict[str, list[str]]:
    """Return the columns of every table."""
    found: dict[str, list[str]] = {}
    for table, column in stack.sql(_COLUMNS):
        found.setdefault(table, []).append(column)
    return found


def rows_of(stack: Stack, columns: dict[str, list[str]]) -> dict[str, set[str]]:
    """Return a hash of every row by table, of the given columns."""
    listed = {table: ", ".join(f'"{name}"' for name in names) for table, names in columns.items()}
    parts = [f"SELECT '{table}', md5(row({names})::text) FROM \"{table}\"" for table, names in listed.items()]  # noqa: S608 - the database's own names
    found: dict[str, set[str]] = {table: set() for table in columns}
    for table, digest in stack.sql(" UNION ALL ".join(parts)):
        found[table].add(digest)
    return found


def _lost(before: dict[str, set[str]], after: dict[str, set[str]]) -> dict[str, int]:
    """Return how many earlier rows of each table are not there as they were."""
    counts = {table: len(hashes - after[table]) for table, hashes in before.items()}
    return {table: count for table, count in counts.items() if count and table not in _WRITTEN_BY_UPGRADES}
