"""Chooses where the published state is written: into a folder or into a bucket."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from siaga_cloud.published.folder import PublishFolder
from siaga_cloud.settings.http import PublishBucketSettings

if TYPE_CHECKING:
    from siaga_cloud.published.bucket import PublishBucket


class PublishSettings(Protocol):
    """Defines the settings that name the target."""

    @property
    def publish_folder(self) -> Path | None:
        """Return the folder, or None."""
        ...

    @property
    def publish_bucket(self) -> PublishBucketSettings | None:
        """Return the bucket, or None."""
        ...


def target_of(settings: PublishSettings) -> PublishFolder | PublishBucket | None:
    """Return the target, not yet opened; None where neither or both are set."""
    folder, bucket = settings.publish_folder, settings.publish_bucket
    if (folder is None) == (bucket is None):
        return None
    if folder is not None:
        return PublishFolder(folder)
    return _bucket(bucket) if bucket is not None else None


def _bucket(settings: PublishBucketSettings) -> PublishBucket:
    from siaga_cloud.published.bucket import PublishBucket  # loaded only where there is one

    return PublishBucket(settings)
