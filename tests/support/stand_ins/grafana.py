"""A stand-in for Grafana, NOT Grafana: the few endpoints of its HTTP API that `siaga-cloud admin grafana sync` uses.

It stores what it is sent in memory and refuses what a real Grafana was seen to refuse: no token, a folder that is not
there, a uid that a folder and a dashboard share, a title that two folders or a folder and a dashboard in it share. It
reads dashboards and alert rules from files as the provisioning does, which makes folders by their titles. What it
cannot show: whether a real Grafana draws the dashboards.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

TOKEN = "token-of-the-stand-in"


class RefusedError(Exception):
    """What is answered instead of 200."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class GrafanaStandIn:
    """`with GrafanaStandIn() as grafana:` answers at `grafana.url` until the block ends."""

    folders: dict[str, dict[str, Any]] = field(default_factory=dict)
    permissions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    teams: dict[int, str] = field(default_factory=dict)
    dashboards: dict[str, dict[str, Any]] = field(default_factory=dict)
    playlists: dict[str, dict[str, Any]] = field(default_factory=dict)
    annotations: dict[int, dict[str, Any]] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)
    provisioned: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, name="grafana-stand-in", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any, headers: Mapping[str, str]) -> Any:
        """What Grafana says to a request; raises `RefusedError`."""
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            raise RefusedError(401, "Invalid API key")
        parts = path.removeprefix("/api/").split("/")
        match method, parts:
            case "GET", ["folders"]:
                return list(self.folders.values())
            case "GET", ["folders", uid]:
                return self._there(self.folders, uid, "folder not found")
            case "POST", ["folders"]:
                return self._new_folder(body)
            case "POST", ["folders", uid, "permissions"]:
                self._there(self.folders, uid, "folder not found")
                self.permissions[uid] = body["items"]
                return {"message": "Folder permissions updated"}
            case "GET", ["teams", "search"]:
                found = [{"id": n, "name": name} for n, name in self.teams.items() if name in query.get("name", [name])]
                return {"teams": found, "totalCount": len(found)}
            case "POST", ["teams"]:
                return self._new_team(body["name"])
            case "POST", ["dashboards", "db"]:
                return self._dashboard(body)
        return self._rest(method, parts, query, body)

    def _rest(self, method: str, parts: list[str], query: dict[str, list[str]], body: Any) -> Any:
        match method, parts:
            case "GET", ["playlists"]:
                return [{"uid": uid, **one} for uid, one in self.playlists.items()]
            case "POST", ["playlists"]:
                uid = body.get("uid") or f"made-{next(self._numbers)}"
                self.playlists[uid] = {key: body[key] for key in ("name", "interval", "items")}
                return {"uid": uid}
            case "PUT", ["playlists", uid]:
                self._there(self.playlists, uid, "playlist not found")
                self.playlists[uid] = {key: body[key] for key in ("name", "interval", "items")}
                return {"uid": uid}
            case "GET", ["annotations"]:
                return self._annotations(query)
            case "POST", ["annotations"]:
                number = next(self._numbers)
                self.annotations[number] = {"id": number, **body, "timeEnd": body.get("timeEnd") or body["time"]}
                return {"id": number, "message": "Annotation added"}
            case "PUT", ["annotations", number]:
                self.annotations[int(number)].update(body)
                return {"message": "Annotation updated"}
        raise RefusedError(404, f"the stand-in knows no {method} /api/{'/'.join(parts)}")

    def read_dashboards(self, provider: Mapping[str, Any], dashboards: list[dict[str, Any]]) -> None:
        """Reads one provider's files, as at a start of Grafana: the folder is found by its uid, else by its title."""
        if uid := provider.get("folderUid"):
            folder = self.folders.get(uid) or self._new_folder({"uid": uid, "title": provider["folder"]})
        else:
            folder = self._folder_of(provider["folder"])
        for dashboard in dashboards:
            self._save(dashboard, folder["uid"])
            self.provisioned.add(dashboard["uid"])

    def read_rules(self, groups: list[dict[str, Any]]) -> None:
        """Reads files of alert rules: they name their folder by its title."""
        for group in groups:
            folder = self._folder_of(group["folder"])
            self.rules |= {rule["uid"]: folder["uid"] for rule in group["rules"]}

    def _folder_of(self, title: str) -> dict[str, Any]:
        found = next((one for one in self.folders.values() if one["title"] == title), None)
        return found or self._new_folder({"uid": f"made-{next(self._numbers)}", "title": title})

    def _new_folder(self, body: Any) -> dict[str, Any]:
        if body["uid"] in self.folders:
            raise RefusedError(412, "the folder has been changed by someone else")
        if body["uid"] in self.dashboards:
            raise RefusedError(400, "Dashboard cannot be changed to a folder")
        if any(one["title"] == body["title"] for one in self.folders.values()):
            raise RefusedError(409, "a folder with the same name already exists in the current location")
        self.folders[body["uid"]] = {"uid": body["uid"], "title": body["title"]}
        return self.folders[body["uid"]]

    def _save(self, dashboard: dict[str, Any], folder_uid: str) -> None:
        """Stores a dashboard in a folder; raises `RefusedError` where its uid or its title is another's."""
        if dashboard["uid"] in self.folders:
            raise RefusedError(400, "Folder cannot be changed to a dashboard")
        if dashboard["title"] == self.folders[folder_uid]["title"]:
            raise RefusedError(400, "Dashboard name cannot be the same as folder")
        others = (
            one for uid, one in self.dashboards.items() if uid != dashboard["uid"] and one["folder"] == folder_uid
        )
        if any(one["title"] == dashboard["title"] for one in others):
            raise RefusedError(412, "A dashboard with the same name in the folder already exists")
        self.dashboards[dashboard["uid"]] = {**dashboard, "folder": folder_uid}

    def _new_team(self, name: str) -> dict[str, Any]:
        if name in self.teams.values():
            raise RefusedError(409, "Team name taken")
        number = next(self._numbers)
        self.teams[number] = name
        return {"teamId": number, "message": "Team created"}

    def _dashboard(self, body: Any) -> dict[str, Any]:
        dashboard = body["dashboard"]
        self._there(self.folders, body["folderUid"], "folder not found")
        if dashboard["uid"] in self.provisioned:
            raise RefusedError(400, "Cannot save provisioned dashboard")
        if dashboard["uid"] in self.dashboards and not body.get("overwrite"):
            raise RefusedError(412, "The dashboard has been changed by someone else")
        self._save(dashboard, body["folderUid"])
        return {"uid": dashboard["uid"], "status": "success"}

    def _annotations(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        start, end, wanted = int(query["from"][0]), int(query["to"][0]), set(query.get("tags", []))
        found = [one for one in self.annotations.values() if wanted <= set(one["tags"])]
        return [one for one in found if one["time"] <= end and one["timeEnd"] >= start][: int(query["limit"][0])]

    @staticmethod
    def _there(held: dict[str, Any], uid: str, message: str) -> Any:
        if uid not in held:
            raise RefusedError(404, message)
        return held[uid]


def _handler(grafana: GrafanaStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            at = urlsplit(self.path)
            grafana.calls.append(f"{self.command} {at.path}")
            try:
                status, reported = (
                    200,
                    grafana.answer(self.command, at.path, parse_qs(at.query), body, dict(self.headers)),
                )
            except RefusedError as error:
                status, reported = error.status, {"message": str(error)}
            content = json.dumps(reported).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = _serve  # noqa: N815 - as http.server names them

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    return Handler
