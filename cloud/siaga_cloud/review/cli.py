"""Defines `siaga-cloud admin review`: exports the review set for training and judged clips for `siaga-edge judge`, and
proposes thresholds from verdicts."""

from __future__ import annotations

import getpass
import os
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tomli_w
import typer

from siaga_cloud.fleet.cli.commands import send_config
from siaga_cloud.fleet.store import commands as fleet
from siaga_cloud.platform.cli import database, fail
from siaga_cloud.platform.db import audit
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.review import clip_labels
from siaga_cloud.review import export as review_export
from siaga_cloud.review import store as db
from siaga_cloud.settings import load as load_settings
from siaga_core.rules.tuning import Effect, Proposal, TuningPolicy, proposals

MAX_ITEMS = 50_000
_WHY = {"too_few_verdicts": "too few verdicts", "no_gain": "no threshold is better", "proposed": ""}


def export(folder: Path, *, val_share: float, marked: bool) -> None:
    """Writes the set into a folder; exit code 1 when there is nothing to write."""
    _only_empty(folder)
    now = datetime.now(UTC)
    with database() as conn:
        settings = load_settings(os.environ)
        items = db.items(conn, now=now, limit=MAX_ITEMS)
        clean = db.clean_frames(conn, limit=MAX_ITEMS, now=now) if settings.review_days else []
        used, counts = (
            review_export.write(
                folder, items, MediaFolder(settings.media_dir), val_share=val_share, marked=marked, clean=clean
            )
            if items or clean
            else ([], {})
        )
        ids = [*(one.id for one in used), *(one.id for one in clean)]
        db.note_look(conn, actor=f"admin {getpass.getuser()}", action="export", item_ids=ids, now=now)
    for what, count in sorted(counts.items()):
        typer.echo(f"{count}\t{what}")
    if not used and not clean:
        fail("there are no images to export; check that SIAGA_REVIEW_SET is on and that there are verdicts", code=1)


def clips(folder: Path) -> None:
    """Writes the clips of judged events with labels for `siaga-edge judge`; exit code 1 when there are none."""
    _only_empty(folder)
    with database() as conn:
        media = MediaFolder(load_settings(os.environ).media_dir)
        used, counts = clip_labels.write(folder, db.judged_clips(conn, limit=MAX_ITEMS), media)
        audit.record(
            conn,
            actor=f"admin {getpass.getuser()}",
            action="export_clips",
            kind="review",
            object_id="clips",
            details={"clips": len(used), "events": [str(one.event_id) for one in used]},
            now=datetime.now(UTC),
        )
    for what, count in sorted(counts.items()):
        typer.echo(f"{count}\t{what}")
    if not used:
        fail("there are no clips to export; check that nodes send clips and that there are verdicts", code=1)


def _only_empty(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        fail(f"{folder}: got a folder with files in it, expected a new or empty one", code=2)


def thresholds(camera: str | None, *, send: bool) -> None:
    """Show the thresholds that the verdicts propose and the lines for the nodes' files, or send them to the nodes."""
    with database() as conn:
        found = proposals(db.judged(conn, camera=camera))
        nodes = db.nodes_of(conn, [one.camera for one in found])
        wanted = {config.node_id: config.body for config in fleet.wanted(conn)}
    typer.echo(table(found))
    proposed = [one for one in found if one.threshold is not None]
    for node, changes in sorted(by_node(proposed, nodes).items()):
        body = with_thresholds(wanted[node], changes) if node in wanted else None
        if send and body is not None:
            _send_config(node, body)
        else:
            typer.echo(lines_for(node, changes, ordered=node in wanted))


def table(found: Sequence[Proposal]) -> str:
    """Tab-separated, with the 95 % intervals of both shares."""
    rows = ["camera\thazard\tverdicts\tproposed\ttrue alarms lost\tfalse alarms avoided"]
    for one in found:
        verdicts = f"{one.lost.of} true, {one.avoided.of} false"
        if one.threshold is None:
            policy = TuningPolicy()
            least = f" ({policy.min_verdicts} with {policy.min_false_alarms} false ones are required)"
            why = _WHY[one.outcome] + (least if one.outcome == "too_few_verdicts" else "")
            rows.append(f"{one.camera}\t{one.hazard}\t{verdicts}\t-\t{why}\t")
        else:
            effects = f"{_describe(one.lost)}\t{_describe(one.avoided)}"
            rows.append(f"{one.camera}\t{one.hazard}\t{verdicts}\t{one.threshold:g}\t{effects}")
    return "\n".join(rows)


def _describe(effect: Effect) -> str:
    low, high = effect.interval
    return f"{effect.count} of {effect.of} ({low:.0%} to {high:.0%})"


def by_node(found: Sequence[Proposal], nodes: Mapping[str, str]) -> dict[str, dict[str, dict[str, float]]]:
    """Node, camera, label: threshold. Cameras of no known node stand under `?`."""
    changes: dict[str, dict[str, dict[str, float]]] = {}
    for one in found:
        if one.threshold is not None:
            camera = changes.setdefault(nodes.get(one.camera, "?"), {}).setdefault(one.camera, {})
            camera.update(dict.fromkeys(one.labels, one.threshold))
    return changes


def lines_for(node: str, changes: Mapping[str, Mapping[str, float]], *, ordered: bool) -> str:
    """Return the lines to write into the node's file by hand."""
    how = (
        "--apply sends this"
        if ordered
        else "the cloud does not manage this node's configuration; write this into its NODE.toml"
    )
    rows = [f"# {node}: {how}"]
    for camera, values in sorted(changes.items()):
        inline = ", ".join(f"{label} = {value:g}" for label, value in sorted(values.items()))
        rows += [f'# in the [[camera]] with id = "{camera}"', f"thresholds = {{ {inline} }}"]
    return "\n".join(rows)


def with_thresholds(body: str, changes: Mapping[str, Mapping[str, float]]) -> str:
    """Return a wanted configuration with these thresholds laid over its cameras' own."""
    tables: dict[str, Any] = tomllib.loads(body)
    for camera in tables.get("camera", ()):
        if camera.get("id") in changes:
            own = camera.get("thresholds", {})
            # Verdicts never support a lower one.
            raised = {label: max(value, own.get(label, 0.0)) for label, value in changes[camera["id"]].items()}
            camera["thresholds"] = {**own, **raised}
    return tomli_w.dumps(tables)


def _send_config(node: str, body: str) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8") as file:
        file.write(body)
        file.flush()
        send_config(node, Path(file.name))
