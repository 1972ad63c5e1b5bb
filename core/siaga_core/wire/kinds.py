"""What messages are made of: the model that all share, and the kinds of values."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

WIRE_VERSION: Final = 1
MAX_SEQ = 2**63 - 1  # what a database's bigint and SQLite's integer hold

Share = Annotated[float, Field(ge=0, le=1)]
Seq = Annotated[int, Field(strict=True, ge=1, le=MAX_SEQ)]
Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]  # PostgreSQL's text cannot hold a NUL
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Flag = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,32}$")]


class WireModel(BaseModel):
    """Frozen, and deaf to fields of a later minor version."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="null", allow_inf_nan=False)
