"""Pushes dashboards, folders, teams, playlists and annotations into a running Grafana over its HTTP API.

Every step may be repeated: existing objects are updated and correct ones stay. Grafana only displays data.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from grafana_client.api import GrafanaApi
from grafana_client.client import GrafanaClientError, GrafanaException

from siaga_cloud.settings import GrafanaSettings

TIMEOUT_SECONDS: Final = 20.0
VIEW: Final = 1  # Grafana's number for "may look"
MOST_ANNOTATIONS: Final = 5000
# What Grafana answers to a change of a board that it reads from a file.
FROM_FILES: Final = "Cannot save provisioned dashboard"


class GrafanaError(Exception):
    """Grafana refused a request; the message names what and why."""


class GrafanaFilesError(Exception):
    """The folder of dashboards differs from what `python -m dashboards.build` writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrafanaFiles:
    """Holds the generated files that are pushed into Grafana. `dashboards` maps the uid of a folder to the JSON of its
    dashboards.
    """

    folders: Sequence[Mapping[str, Any]]
    teams: Sequence[str]
    dashboards: Sequence[tuple[str, dict[str, Any]]]
    playlists: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Represents one annotation. `key` identifies its object, so that it is created once; `until` is None for a moment
    or an open span.
    """

    key: str
    tag: str
    text: str
    at: datetime
    until: datetime | None = None


@dataclass(slots=True)
class PushResult:
    """Counts the new and changed objects, for the screen."""

    teams: int = 0
    folders: int = 0
    dashboards: int = 0
    from_files: int = 0
    playlists: int = 0
    annotations: int = 0
    unchanged: int = 0


def read_files(folder: Path) -> GrafanaFiles:
    """Return the generated files; raises `GrafanaFilesError` naming the one that is missing or broken."""
    access = _json(folder / "access.json")
    paths = sorted((folder / "dashboards").glob("*/*.json"))
    if not paths:
        raise GrafanaFilesError(f"{folder / 'dashboards'}: got no dashboards, expected FOLDER/UID.json")
    return GrafanaFiles(
        folders=access["folders"],
        teams=access["teams"],
        dashboards=[(path.parent.name, _json(path)) for path in paths],
        playlists=_json(folder / "playlists.json"),
    )


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise GrafanaFilesError(f"{path}: {error}") from None


@contextmanager
def connected(settings: GrafanaSettings) -> Iterator[GrafanaApi]:
    """Yield the API of the configured Grafana without a request; its connections are closed at the end."""
    api = GrafanaApi.from_url(settings.url, credential=settings.token, timeout=TIMEOUT_SECONDS)
    try:
        yield api
    finally:
        api.client.s.close()


def push_dashboards(api: GrafanaApi, files: GrafanaFiles, *, public_url: str) -> PushResult:
    """Teams, folders with who may look, dashboards and playlists; raises `GrafanaError`."""
    done = PushResult()
    try:
        teams = {name: _team(api, name, done) for name in files.teams}
        uids = {folder["uid"]: _folder(api, folder, teams, done) for folder in files.folders}
        for folder_uid, dashboard in files.dashboards:
            _dashboard(api, uids[folder_uid], dashboard, public_url, done)
        _playlists(api, files.playlists)
        done.playlists = len(files.playlists)
    except GrafanaException as error:
        raise GrafanaError(_reason_of(error)) from None
    except OSError as error:
        raise GrafanaError(f"no response: {error}") from None
    return done


def push_notes(api: GrafanaApi, notes: Sequence[Note], *, since: datetime, until: datetime) -> PushResult:
    """Marks that are not there yet, and the end of those that have ended since; raises `GrafanaError`."""
    done = PushResult()
    try:
        for tag in sorted({note.tag for note in notes}):
            held = _held(api, tag, since, until)
            for note in notes:
                if note.tag == tag:
                    _note(api, note, held.get(note.key), done)
    except GrafanaException as error:
        raise GrafanaError(_reason_of(error)) from None
    except OSError as error:
        raise GrafanaError(f"no response: {error}") from None
    return done


def _reason_of(error: GrafanaException) -> str:
    reason = (
        error.response["message"] if isinstance(error.response, dict) and "message" in error.response else error.message
    )
    return f"{error.status_code or 'no answer'}: {reason}"


def _team(api: GrafanaApi, name: str, done: PushResult) -> int:
    found = [team for team in api.teams.get_team_by_name(name) if team["name"] == name]
    if found:
        return int(found[0]["id"])
    done.teams += 1
    return int(api.teams.add_team({"name": name})["teamId"])


def _folder(api: GrafanaApi, folder: Mapping[str, Any], teams: Mapping[str, int], done: PushResult) -> str:
    """Return the uid of the folder of this title, which provisioned boards or alert rules may have made before."""
    uid = next((str(one["uid"]) for one in api.folder.get_all_folders() if one["title"] == folder["title"]), None)
    if uid is None:
        uid = str(api.folder.create_folder(folder["title"], folder["uid"])["uid"])
        done.folders += 1
    # Those listed, and administrators, whose access Grafana does not check; nobody changes dashboards by hand.
    roles = [{"role": role, "permission": VIEW} for name in folder["roles"] for role in {name, "Editor"}]
    members = [{"teamId": teams[name], "permission": VIEW} for name in folder["teams"]]
    api.folder.update_folder_permissions(uid, {"items": [*roles, *members]})
    return uid


def _dashboard(api: GrafanaApi, folder_uid: str, dashboard: dict[str, Any], public_url: str, done: PushResult) -> None:
    for variable in dashboard["templating"]["list"]:
        if variable["name"] == "siaga":
            variable["query"] = public_url
    form = {
        "dashboard": dashboard,
        "folderUid": folder_uid,
        "overwrite": True,
        "message": "siaga-cloud admin grafana sync",
    }
    try:
        api.dashboard.update_dashboard(form)
    except GrafanaClientError as error:
        if error.status_code != 400 or FROM_FILES not in _reason_of(error):
            raise
        done.from_files += 1  # as its file has it
    else:
        done.dashboards += 1


def _playlists(api: GrafanaApi, wanted: Sequence[Mapping[str, Any]]) -> None:
    held = {one["name"]: one["uid"] for one in api.client.GET("/playlists")}
    for playlist in wanted:
        body = {name: playlist[name] for name in ("name", "interval", "items")}
        if playlist["name"] in held:
            api.client.PUT(f"/playlists/{held[playlist['name']]}", json=body)
        else:
            api.client.POST("/playlists", json={**body, "uid": playlist["uid"]})


def _held(api: GrafanaApi, tag: str, since: datetime, until: datetime) -> dict[str, dict[str, Any]]:
    """Return what is marked already, by key."""
    found = api.annotations.find_annotations(
        time_from=_ms(since), time_to=_ms(until), tags=[tag], limit=MOST_ANNOTATIONS
    )
    return {name.removeprefix("key:"): one for one in found for name in one["tags"] if name.startswith("key:")}


def _note(api: GrafanaApi, note: Note, held: Mapping[str, Any] | None, done: PushResult) -> None:
    span = {"time_from": _ms(note.at), "time_to": _ms(note.until or note.at)}
    if held is None:
        api.annotations.add_annotation(**span, tags=["siaga", note.tag, f"key:{note.key}"], text=note.text)
        done.annotations += 1
    elif note.until is not None and held.get("timeEnd") != _ms(note.until):
        api.annotations.update_annotation(held["id"], **span, tags=held["tags"], text=note.text)
        done.annotations += 1
    else:
        done.unchanged += 1


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
