"""Checks that pictures and database, both lost, come back from a backup as they were."""

from __future__ import annotations

import time

from tools.compose_test.commands import CheckError, run
from tools.compose_test.stack import PROJECT, Stack

WRITERS = ("api", "api-staff", "ingest-1", "ingest-2", "worker-1", "feeds", "publish")
_ROWS = "SELECT count(*), md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), '')) FROM \"{}\" AS t"


def contents(stack: Stack) -> dict[str, str]:
    """Return a hash of the rows of every table, and one of every file of the volume of media."""
    names = [row[0] for row in stack.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")]
    found = {}
    for name in names:
        ((count, digest),) = stack.sql(_ROWS.format(name))
        found[name] = f"{count} rows {digest}"
    return found | files_of_media(stack)


def files_of_media(stack: Stack) -> dict[str, str]:
    """Return a hash of every file of the volume of media by its path."""
    image = f"siaga-cloud:{stack.version}"
    volume = ["--volume", f"{PROJECT}_media:/media:ro", "--entrypoint", "sh", image, "-c"]
    files = run(["docker", "run", "--rm", "--user", "0:0", *volume, "find /media -type f -exec sha256sum {} +"])
    return {line.split()[1]: line.split()[0] for line in files.splitlines()}


def report_with_photo(stack: Stack) -> None:
    """Report a flood as a citizen does, with a photo, at the front door."""
    fields = {"category": "flooding", "text": "banjir di depan rumah", "lat": "-6.2079", "lon": "106.8484"}
    words = [word for name, value in fields.items() for word in ("--form", f"{name}={value}")]
    photo = f"photo=@{stack.folder / 'docs/images/gauge-phone.webp'};type=image/webp"
    address = f"http://127.0.0.1:{stack.ports['http']}/api/v1/reports"
    run(["curl", "--silent", "--show-error", "--fail-with-body", *words, "--form", photo, address])


def total_loss(stack: Stack) -> str:
    """Back up, lose both volumes, restore by the sequence of docs/recovery.md, and compare every table and file."""
    report_with_photo(stack)
    stack.compose("stop", *WRITERS)
    before = contents(stack)
    files = sum(key.startswith("/media/") for key in before)
    if files == 0:
        raise CheckError("no file is stored, so that its loss would prove nothing")
    stack.compose("run", "--rm", "backup", profile="backup")
    listed = stack.compose("run", "--rm", "backup", "admin", "backups", "/backup", profile="backup")
    name = listed.split()[0]
    stack.down(with_volumes=False)
    run(["docker", "volume", "rm", f"{PROJECT}_database", f"{PROJECT}_media"])
    began = time.monotonic()
    stack.compose("up", "--detach", "--no-build", "--wait", "db")
    owner = ["--username", "siaga", "--maintenance-db", "postgres"]
    stack.compose("exec", "-T", "db", "dropdb", *owner, "--force", "--if-exists", "siaga")
    stack.compose("exec", "-T", "db", "createdb", *owner, "siaga")
    stack.compose("run", "--rm", "restore", f"/backup/{name}", profile="restore")
    restored = time.monotonic() - began
    after = contents(stack)
    different = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    # After a restore the nodes are asked to send what they retain once more (docs/recovery.md).
    expected = {"replay_request"}
    if wrong := [key for key in different if key not in expected]:
        raise CheckError(
            f"different after the restore: {[(key, before.get(key), after.get(key)) for key in wrong[:5]]}"
        )
    stack.up()
    rows = sum(int(value.split()[0]) for key, value in before.items() if not key.startswith("/media/"))
    return (
        f"{len(before) - files} tables with {rows} rows and {files} files equal; restored in {restored:.0f} s,"
        f" healthy after {time.monotonic() - began:.0f} s"
    )
