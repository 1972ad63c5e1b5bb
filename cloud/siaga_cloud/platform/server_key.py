"""The server key: the secret of a deployment that keyed hashes and signed cookies are made with.

It is a setting (`SIAGA_SERVER_KEY_FILE`), so that a copy of the database alone reveals neither.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

from siaga_cloud.platform.ports import Port


class ServerKey:
    """Makes keyed hashes, each for one purpose: a hash of one purpose says nothing about that of another."""

    def __init__(self, secret: str | None) -> None:
        self.is_set = secret is not None
        self._secret = secret.encode() if secret is not None else secrets.token_bytes(32)

    def hash_of(self, purpose: str, text: str) -> str:
        """Return the HMAC-SHA256 of a text in hexadecimal; without a server key it is valid until the program ends."""
        key = hmac.new(self._secret, purpose.encode(), hashlib.sha256).digest()
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


server_key: Final[Port[ServerKey]] = Port("server key")
server_key.register(ServerKey(None))  # until the program has read its settings
