"""Reports drift: the difference between what nodes shall run and what they report to run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from siaga_cloud.fleet.store.commands import NodeDrift

_HEADS = ("NODE", "STATE", "WANTED", "RUNS", "ANSWER", "DRIFT", "MODELS", "COMMAND")


def as_json(nodes: Sequence[NodeDrift]) -> str:
    """Return one object per node."""
    return json.dumps([{**asdict(node), "differs": node.differs} for node in nodes], default=str, indent=1)


def as_table(nodes: Sequence[NodeDrift]) -> str:
    """For people: one line per node, and below it why a configuration does not run."""
    rows = [_HEADS, *(_row(node) for node in nodes)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    for number, node in reversed(list(enumerate(nodes, start=1))):
        if node.differs and node.config_reason:
            lines.insert(number + 1, f"    {node.config_reason}")
    differing = sum(node.differs is True for node in nodes)
    return "\n".join([*lines, f"{len(nodes)} nodes, {differing} differ"])


def _row(node: NodeDrift) -> tuple[str, ...]:
    answer = f"{node.answered_version} {node.config_state or ''}".strip() if node.answered_version is not None else "-"
    command = node.command or {}
    command_text = f"{command['number']} {'done' if command['done'] else 'open'}: {command['text']}" if command else "-"
    return (
        node.node_id,
        node.state,
        _version(node.wanted_version, node.wanted_sha256),
        _version(node.running_version, node.running_sha256),
        answer,
        {None: "-", True: "YES", False: "no"}[node.differs],
        ", ".join(_model(model) for model in node.models or ()) or "-",
        command_text[:160],
    )


def _version(version: int | None, sha256: str | None) -> str:
    if version is None:
        return "-"
    return f"{version} {sha256[:8]}" if sha256 else f"{version}"


def _model(model: dict[str, object]) -> str:
    text = f"{model['role']} {str(model['sha256'])[:8]}"
    shadow = model.get("shadow")
    if not isinstance(shadow, dict):
        return text
    differing = shadow["only_running"] + shadow["only_shadow"] + shadow["relabelled"]
    seen = differing + shadow["agreed"]
    return f"{text} + shadow {shadow['sha256'][:8]} ({shadow['looks']} looks, {differing}/{seen} differ)"
