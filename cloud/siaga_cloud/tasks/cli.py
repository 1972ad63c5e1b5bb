"""`siaga-cloud admin proof-policy` and `verify-sampling`: requirements for proof photos, and the random sample."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def set_proof_policy(
    category: Annotated[
        str, typer.Argument(show_default=False, help="Identifier of a category, such as trash, or * for all.")
    ],
    file: Annotated[
        Path, typer.Argument(metavar="FILE", show_default=False, help="JSON file in the format of docs/proofs.md.")
    ],
) -> None:
    """Set the policy for proof photos of a category: the checks, the operators' queue and the samples.

    If the file contains an error, nothing changes.
    """
    from siaga_cloud.platform.cli import database, fail
    from siaga_cloud.platform.errors import InvalidError
    from siaga_cloud.tasks.proof.policy import check
    from siaga_cloud.tasks.store import proofs

    try:
        body = json.loads(file.read_text("utf-8"))
        check(body)
    except (OSError, ValueError, InvalidError) as error:
        fail(f"{file}: {error}", code=2)
    with database() as conn:
        proofs.set_policy(conn, category, body)
    typer.echo(f"set the proof policy of {category} from {file}")


def verify_sampling(
    day: Annotated[
        str | None, typer.Argument(show_default=False, help="A UTC day, YYYY-MM-DD; all revealed days without it.")
    ] = None,
) -> None:
    """Check the random sample of revealed days: each secret against its commitment, and each draw against the secret.

    The exit status is 1 where something does not hold.
    """
    from datetime import date

    from siaga_cloud.platform.cli import database, fail
    from siaga_cloud.tasks.proof.sampling import verify_day
    from siaga_cloud.tasks.store import sampling

    with database() as conn:
        try:
            one_day = sampling.published_day(conn, date.fromisoformat(day)) if day else None
        except ValueError as error:
            fail(f"{day}: {error}", code=2)
        days = sampling.published(conn, limit=366) if day is None else [one_day] if one_day else []
        found = [verify_day(conn, each) for each in days if each.secret is not None]
    if not found:
        fail("no such day is revealed", code=2)
    for one in found:
        typer.echo(f"{one.day}: {one.draws} draws, {len(one.deviations)} wrong")
        for line in one.deviations:
            typer.echo(f"  {line}")
    if any(one.deviations for one in found):
        raise typer.Exit(1)
