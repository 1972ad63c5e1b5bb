"""Checks the versions of what two administrators may change at once: the page sends the version it showed as
`If-Match`.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Final

from fastapi import Header
from pydantic import BaseModel, TypeAdapter

from siaga_cloud.platform.http.problem import Problem

_LONGEST: Final = 100
_ANY: Final[TypeAdapter[Any]] = TypeAdapter(Any)

IfMatch = Annotated[
    str | None,
    Header(
        max_length=_LONGEST,
        pattern=r"^[\x20-\x7e]*$",
        description="the `version` that was shown; refused with 412 when it is another by now",
    ),
]


def version_of(thing: BaseModel | object) -> str:
    """Return a version that changes whenever the JSON of the object does."""
    text = json.dumps(_ANY.dump_python(thing, mode="json"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def require_version(wanted: str | None, current: str) -> None:
    """Raises a Problem (412) where the caller saw another version; without `If-Match` there is nothing to hold to."""
    if wanted is not None and wanted.strip().strip('"') not in (current, "*"):
        raise Problem(
            412, "changed-meanwhile", "Somebody else changed this meanwhile",
            "look at it anew, then change it again", version=current,
        )  # fmt: skip
