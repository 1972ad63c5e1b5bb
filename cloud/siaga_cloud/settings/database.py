"""Defines the settings of the database, of a replica to read from, and of the retention."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote, urlsplit

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from siaga_cloud.settings.buckets import BucketSettings
from siaga_cloud.settings.fields import (
    AgeRecipient,
    DatabaseUrl,
    Folder,
    OnOff,
    days_by_name,
    secret,
    split_by,
    whole,
)
from siaga_cloud.settings.group import SettingsGroup
from siaga_core.hazards import sensed_hazards


class ReadSettings(SettingsGroup, env_prefix="SIAGA_READ_"):
    """Describes a streaming replica to read from and its tolerated lag. Without one the database serves every read."""

    database_url: DatabaseUrl
    max_lag_seconds: Annotated[float, whole(1, 3600)] = 5


class BackupBucketSettings(BucketSettings, env_prefix="SIAGA_BACKUP_S3_"):
    """Names the bucket, at another place, to which encrypted backups are sent."""


class DatabaseSettings(SettingsGroup):
    """Describes the database. `database_url` includes the password; `database_disk_gb` is 0 where the size is
    unknown."""

    database_password: str | None = secret()
    database_url: DatabaseUrl
    database_disk_gb: Annotated[int, whole(0, 10_000_000)] = 0
    read_from: ReadSettings | None = None

    @field_validator("database_url")
    @classmethod
    def _with_password(cls, url: str, info: ValidationInfo) -> str:
        password, parts = info.data.get("database_password"), urlsplit(url)
        user, _, host = parts.netloc.rpartition("@")
        if password is None:
            return url
        if not user or ":" in user:
            message = "SIAGA_DATABASE_PASSWORD: got a password, expected an address of the form postgresql://user@host"
            raise PydanticCustomError("complaint", f"{message} to go with")
        return parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}").geturl()


class StorageSettings(SettingsGroup):
    """States where images are stored, for how many days data is stored, and the key of hashes and signed cookies.

    `review_days` is None unless the city keeps images for training, `position_decimals` how exact officers' positions
    are. Backups are encrypted for `backup_recipients`, whose secret keys are not on this machine.
    """

    media_dir: Folder = Folder("media")
    server_key: str | None = secret(least=32)
    readings_retention_days: Annotated[int, whole(1, 36500)] = 90
    messages_retention_days: Annotated[int, whole(31, 36500)] = 40
    contacts_retention_days: Annotated[int, whole(1, 36500)] = 365
    photos_retention_days: Annotated[int, whole(1, 36500)] = 90
    clips_retention_days: Annotated[int, whole(1, 36500)] = 30
    clips_retention_by_hazard: Annotated[dict[str, int], days_by_name(lambda: [one.id for one in sensed_hazards()])] = (
        Field(
            default_factory=dict,
            description="hazards with whole numbers of days from 1 to 36500, such as illegal_parking=90,trash=14",
        )
    )
    review_set: OnOff = False
    review_days: Annotated[int | None, whole(1, 730)] = 180
    position_decimals: Annotated[int, whole(2, 6)] = 4
    backup_bucket: BackupBucketSettings | None = None
    backup_recipients: Annotated[
        tuple[AgeRecipient, ...],
        split_by(),
        Field(description="public keys of age (age1...) with commas between them, as age-keygen prints them"),
    ] = ()

    @field_validator("review_days")
    @classmethod
    def _only_with_a_review_set(cls, days: int | None, info: ValidationInfo) -> int | None:
        return days if info.data.get("review_set") else None
