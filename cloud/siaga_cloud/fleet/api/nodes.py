"""Serves the nodes and the proof that no message of theirs was lost."""

from __future__ import annotations

from fastapi import APIRouter

from siaga_cloud.fleet.store import accounts
from siaga_cloud.fleet.store.accounts import Node
from siaga_cloud.people.auth import Overseer
from siaga_cloud.platform.http.parts import PartsOf

router = APIRouter(tags=["nodes"])


@router.get("/nodes", summary="Nodes and their delivery accounts (operator)")
def list_nodes(parts: PartsOf, overseer: Overseer) -> list[Node]:
    """`missing` counts gaps that neither the record, dead letters, quarantine nor eviction explain."""
    with parts.transaction(overseer) as conn:
        return accounts.nodes(conn)
