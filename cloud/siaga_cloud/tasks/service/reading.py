"""Reads of tasks that the APIs of other subjects share."""

from __future__ import annotations

from siaga_cloud.tasks.store.head_tasks import QueueOf, Which, counts, queue
from siaga_cloud.tasks.store.heads import AreaRow, Roster
from siaga_cloud.tasks.store.read import by_ids

__all__ = ["AreaRow", "QueueOf", "Roster", "Which", "by_ids", "counts", "queue"]
