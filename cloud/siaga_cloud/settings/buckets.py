"""Defines the settings of a bucket of S3, or of a service that speaks its protocol."""

from __future__ import annotations

from typing import Annotated

from siaga_cloud.settings.fields import secret, shape
from siaga_cloud.settings.group import SettingsGroup


class BucketSettings(SettingsGroup):
    """Names a bucket. Without keys those of the environment are used: `AWS_*` or the role of the machine."""

    url: Annotated[
        str,
        shape(
            r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._-]+)*$",
            "s3://bucket/prefix, such as s3://siaga/state",
        ),
    ]
    endpoint: Annotated[str | None, shape(r"^https?://[^\s/]+$", "https://host of another service than Amazon's")] = (
        None
    )
    region: str = "us-east-1"
    key_id: str | None = None
    secret_key: str | None = secret()
