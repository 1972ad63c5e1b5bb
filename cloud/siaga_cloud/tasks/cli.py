"""`siaga-cloud admin proof-policy`: the city's requirements for proof photos."""

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
