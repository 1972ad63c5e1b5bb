"""Reads the administrative boundaries of an OpenStreetMap file (.osm, XML) as GeoJSON features."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError

import shapely
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from shapely.geometry import mapping

from siaga_cloud.platform.import_errors import ImportFileError, bounded, read_bytes, shown

SUFFIXES: Final = (".osm", ".xml")

Point = tuple[float, float]


def read_osm(path: Path) -> list[dict[str, Any]]:
    """Return a feature for each boundary relation with an administrative level; raises `ImportFileError`.

    A relation is read only where all of its ways and their nodes are in the file and form closed rings.
    """
    root = _root(path)
    nodes = {one.get("id", ""): one for one in root.iter("node")}
    chains = {one.get("id", ""): one for one in root.iter("way")}
    relations = [one for one in root.iter("relation") if "admin_level" in _tags(one)]
    if not relations:
        raise ImportFileError(f"{path}: relation: got none with the tag admin_level, expected at least one")
    features: list[dict[str, Any]] = []
    complaints: list[str] = []
    for relation in relations:
        try:
            features.append(_feature(relation, chains, nodes))
        except ValueError as error:
            complaints.append(f"{path}: {_called(relation)}: {error}")
    if complaints:
        raise ImportFileError(bounded(complaints))
    return features


def _root(path: Path) -> Element:
    try:
        root: Element = fromstring(read_bytes(path))
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise ImportFileError(f"{path}: not readable as XML of OpenStreetMap: {error}") from error
    if root.tag != "osm":
        raise ImportFileError(f"{path}: got the element {shown(root.tag)}, expected <osm>")
    return root


def _tags(element: Element) -> dict[str, str]:
    return {one.get("k", ""): one.get("v", "") for one in element.findall("tag")}


def _called(relation: Element) -> str:
    name = _tags(relation).get("name")
    return f"relation {relation.get('id', '?')}" + (f" ({shown(name)})" if name else "")


def _feature(relation: Element, chains: Mapping[str, Element], nodes: Mapping[str, Element]) -> dict[str, Any]:
    members = [one for one in relation.findall("member") if one.get("type") == "way"]
    outer = _rings(_lines(members, ("outer", ""), chains, nodes), "outer")
    inner = _rings(_lines(members, ("inner",), chains, nodes), "inner")
    if not outer:
        raise ValueError("member: got no way with the role outer, expected closed rings of ways")
    area = shapely.difference(shapely.union_all(outer), shapely.union_all(inner))
    identity = {"@id": f"relation/{relation.get('id', '')}"}
    return {"type": "Feature", "properties": {**_tags(relation), **identity}, "geometry": dict(mapping(area))}


def _lines(
    members: Iterable[Element], roles: tuple[str, ...], chains: Mapping[str, Element], nodes: Mapping[str, Element]
) -> list[list[Point]]:
    wanted = [one.get("ref", "") for one in members if (one.get("role") or "") in roles]
    absent = [one for one in wanted if one not in chains]
    if absent:
        raise ValueError(f"member: way {absent[0]} is not in the file, expected all ways of the relation")
    return [_points(chains[one], nodes) for one in wanted]


def _points(chain: Element, nodes: Mapping[str, Element]) -> list[Point]:
    refs = [one.get("ref", "") for one in chain.findall("nd")]
    absent = [one for one in refs if one not in nodes]
    if absent:
        raise ValueError(f"way {chain.get('id', '?')}: node {absent[0]} is not in the file, expected all nodes")
    return [_point(nodes[one]) for one in refs]


def _point(node: Element) -> Point:
    try:
        return float(node.get("lon", "")), float(node.get("lat", ""))
    except ValueError:
        raise ValueError(f"node {node.get('id', '?')}: expected lat and lon in degrees") from None


def _rings(lines: list[list[Point]], role: str) -> list[shapely.Geometry]:
    """Return the polygons that the lines close to; raises ValueError where an end remains."""
    drawn = [shapely.LineString(one) for one in lines if len(one) > 1]
    polygons, cuts, dangles, invalid = shapely.polygonize_full(drawn)
    if any(shapely.get_num_geometries(one) for one in (cuts, dangles, invalid)):
        raise ValueError(f"member: the ways with the role {role} do not close to rings, expected closed rings")
    return list(shapely.get_parts(polygons))
