"""Defines ports: calls from a lower subject to a higher one, whose implementation the composition root registers.

A subject never imports a subject above it. Where its work must cause something there in the same transaction, it
declares a protocol and a `Port` of it, and the higher subject provides the implementation
(`siaga_cloud.wiring.register_ports`).
"""

from __future__ import annotations

from typing import Generic, TypeVar

Implementation = TypeVar("Implementation")


class PortNotRegisteredError(LookupError):
    """A port was called before the composition root registered its implementation."""


class Port(Generic[Implementation]):
    """Holds the one implementation of a protocol."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._implementation: Implementation | None = None

    def register(self, implementation: Implementation) -> None:
        """Sets the implementation; a later registration replaces an earlier one."""
        self._implementation = implementation

    def __call__(self) -> Implementation:
        """Returns the implementation; raises PortNotRegisteredError where there is none."""
        if self._implementation is None:
            raise PortNotRegisteredError(f"{self._name}: call siaga_cloud.wiring.register_ports() first")
        return self._implementation
