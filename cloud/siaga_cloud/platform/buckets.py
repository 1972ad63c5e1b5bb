"""Opens buckets of S3, or of a service that speaks its protocol."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from obstore.store import S3Store

if TYPE_CHECKING:
    from obstore.store import S3Config

SECONDS: Final = timedelta(seconds=10)


class BucketAddress(Protocol):
    """Names a bucket and the keys to it; without keys those of the environment are used."""

    @property
    def url(self) -> str:
        """Return the address, s3://bucket/prefix."""
        ...

    @property
    def endpoint(self) -> str | None:
        """Return the host of another service than Amazon's."""
        ...

    @property
    def region(self) -> str:
        """Return the region of the bucket."""
        ...

    @property
    def key_id(self) -> str | None:
        """Return the name of the key."""
        ...

    @property
    def secret_key(self) -> str | None:
        """Return the secret part of the key."""
        ...


def open_bucket(address: BucketAddress, *, timeout: timedelta = SECONDS) -> S3Store:
    """Return the objects below the prefix; nothing is read yet. `timeout` is that of one request."""
    config: S3Config = {"region": address.region}
    if address.endpoint is not None:
        config["endpoint"] = address.endpoint
    if address.key_id is not None:
        config["access_key_id"] = address.key_id
    if address.secret_key is not None:
        config["secret_access_key"] = address.secret_key
    return S3Store.from_url(
        address.url,
        config=config,
        client_options={
            "allow_http": (address.endpoint or "").startswith("http://"),
            "connect_timeout": SECONDS / 2,
            "timeout": timeout,
        },
        retry_config={"max_retries": 2, "retry_timeout": timeout},
    )
