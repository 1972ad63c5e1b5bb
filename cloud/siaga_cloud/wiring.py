"""Connects subjects that call upward by registering the implementations of their ports."""

from __future__ import annotations

from siaga_cloud.incidents.task_port import task_port
from siaga_cloud.tasks.incident_tasks import IncidentTasks


def register_ports() -> None:
    """Registers the implementation of every port; safe to repeat."""
    task_port.register(IncidentTasks())
