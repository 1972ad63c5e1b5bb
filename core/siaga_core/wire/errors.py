"""What can be wrong with bytes from the network."""

from __future__ import annotations


class WireError(ValueError):
    """A topic or payload that this version cannot read; the message says what was expected."""
