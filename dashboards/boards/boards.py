"""The frame that all dashboards share: uid, tags, time, variables, links to one another and into the control room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import dashboard as model

from dashboards.boards.fields import DATASOURCE_TYPE, DATASOURCE_UID
from dashboards.boards.filters import AGENCIES, AREAS
from dashboards.boards.parts import SIAGA_URL, PanelFactory
from dashboards.boards.words import CITY_ZONE, Text

CONTROL_ROOM: Final = Text("Ruang kendali", "Control room")
FOLDER_CITY, FOLDER_HEADS, FOLDER_PLATFORM = "siaga-folder-city", "siaga-folder-heads", "siaga-folder-platform"
TITLE_PLATFORM: Final = "Siaga: platform"  # alert rules name their folder by its title
TAG_SCREEN: Final = "siaga-wall"  # hangs on a wall: one screen, nobody scrolls


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a dashboard is, before its panels."""

    slug: str
    title: Text
    folder: str
    since: str
    refresh: str
    until: str = "now"
    area: bool = False
    agency: bool = False
    is_screen: bool = False


def uid_of(slug: str, factory: PanelFactory) -> str:
    """The dashboard's address; it never changes, so that links and playlists keep working."""
    return f"siaga-{slug}" if factory.language == "id" else f"siaga-{slug}-{factory.language}"


def place_of(slug: str, factory: PanelFactory) -> str:
    """Where a board of the same language is, with the chosen time."""
    return f"/d/{uid_of(slug, factory)}?${{__url_time_range}}"


def panel_of(slug: str, title: Text, factory: PanelFactory) -> str:
    """Where one panel of a board is, alone; `build` puts its number in the place of its title."""
    return f"/d/{uid_of(slug, factory)}?viewPanel=[{factory.translate(title)}]&${{__url_time_range}}"


def rule_of(uid: str) -> str:
    """Where Grafana shows an alert rule: its state, its history and its section in the runbook."""
    return f"/alerting/grafana/{uid}/view"


def board(factory: PanelFactory, frame: Frame) -> dashboard.Dashboard:
    """A dashboard without panels."""
    made = (
        dashboard.Dashboard(f"Siaga · {factory.translate(frame.title)}")
        .uid(uid_of(frame.slug, factory))
        .tags(["siaga", f"siaga-{factory.language}", *((TAG_SCREEN,) if frame.is_screen else ())])
        .time(frame.since, frame.until)
        .refresh(frame.refresh)
        .timezone(CITY_ZONE)
        .readonly()
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .with_variable(
            dashboard.DatasourceVariable("source")
            .type(DATASOURCE_TYPE)
            .current(model.VariableOption(selected=True, text="Siaga", value=DATASOURCE_UID))
            .hide(model.VariableHide.HIDE_VARIABLE)
        )
        .with_variable(dashboard.ConstantVariable("siaga").value(SIAGA_URL))
    )
    if frame.area:
        made.with_variable(factory.pick("area", Text("Wilayah", "Area"), AREAS))
    if frame.agency:
        made.with_variable(factory.pick("agency", Text("Dinas", "Agency"), AGENCIES))
    return _linked(made, factory, frame)


def _linked(made: dashboard.Dashboard, factory: PanelFactory, frame: Frame) -> dashboard.Dashboard:
    """Links at the top: the others in this language, this one in the other, the control room."""
    other = PanelFactory("en" if factory.language == "id" else "id")
    made.link(
        dashboard.DashboardLink("Siaga")
        .type(model.DashboardLinkType.DASHBOARDS)
        .tags([f"siaga-{factory.language}"])
        .as_dropdown(True)
        .include_vars(True)
    )
    made.link(
        _link(
            "English" if factory.language == "id" else "Bahasa Indonesia", f"/d/{uid_of(frame.slug, other)}", same=True
        )
    )
    made.link(_link(factory.translate(CONTROL_ROOM), "${siaga}/control", same=False))
    for tag, name, colour in (
        ("siaga-stage", Text("Perubahan Siaga", "Stage changes"), "orange"),
        ("siaga-incident", Text("Insiden berat", "Severe incidents"), "red"),
    ):
        made.annotation(
            dashboard.AnnotationQuery()
            .name(factory.translate(name))
            .datasource(model.DataSourceRef(type_val="grafana", uid="-- Grafana --"))
            .enable(True)
            .icon_color(colour)
            .target(dashboard.AnnotationTarget().limit(100).match_any(False).tags([tag]).type("tags"))
        )
    return made


def _link(title: str, url: str, *, same: bool) -> dashboard.DashboardLink:
    """`same`: in this window, with the chosen time and variables."""
    return (
        dashboard.DashboardLink(title)
        .type(model.DashboardLinkType.LINK)
        .icon("external link")
        .tooltip("")
        .url(url)
        .target_blank(not same)
        .include_vars(same)
        .keep_time(same)
    )
