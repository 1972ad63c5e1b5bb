"""The messages of WS-Discovery: the probe for cameras, and the devices of an answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit
from uuid import uuid4
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

_NAME_SCOPES: Final = ("onvif://www.onvif.org/name/", "onvif://www.onvif.org/hardware/")
_DISCOVERY: Final = "{http://schemas.xmlsoap.org/ws/2005/04/discovery}"
_PROBE: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
    ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"'
    ' xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><e:Header>'
    "<w:MessageID>uuid:{number}</w:MessageID>"
    "<w:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>"
    "<w:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header>"
    "<e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveredDevice:
    """A device that answered: its ONVIF address and what it calls itself."""

    host: str
    port: int
    is_https: bool
    name: str


def build_probe() -> bytes:
    """Return a probe for cameras."""
    return _PROBE.format(number=uuid4()).encode("utf-8")


def read_matches(data: bytes, sender: str) -> Iterator[DiscoveredDevice]:
    """Yield the devices of an answer, by the sender's own address where it has several; nothing if it is unreadable."""
    try:
        root = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        return
    for match in root.iter(f"{_DISCOVERY}ProbeMatch"):
        addresses = [each for each in map(_address, _words(match, "XAddrs")) if each is not None]
        if addresses:
            host, port, is_https = min(addresses, key=lambda each: each[0] != sender)
            yield DiscoveredDevice(host=host, port=port, is_https=is_https, name=_name(_words(match, "Scopes")))


def _words(match: Element, tag: str) -> list[str]:
    return (match.findtext(f"{_DISCOVERY}{tag}") or "").split()


def _address(word: str) -> tuple[str, int, bool] | None:
    try:
        parts = urlsplit(word)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or host is None:
        return None
    is_https = parts.scheme == "https"
    return host, port or (443 if is_https else 80), is_https


def _name(scopes: Sequence[str]) -> str:
    for prefix in _NAME_SCOPES:
        for scope in scopes:
            if scope.startswith(prefix):
                return unquote(scope.removeprefix(prefix)).replace("_", " ").strip()[:64]
    return ""
