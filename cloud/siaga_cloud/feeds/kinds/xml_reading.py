"""Parses foreign XML safely: document types and entities are refused, the depth is bounded and namespaces are
ignored."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from siaga_cloud.feeds.fields import plain
from siaga_cloud.feeds.items import BodyError, ItemError

MAX_DEPTH = 40


def parse(body: bytes) -> Element:
    """Return the root element; raises BodyError."""
    try:
        root: Element = fromstring(body.lstrip(b"\xef\xbb\xbf \r\n\t"), forbid_dtd=True)
    except DefusedXmlException as error:
        raise BodyError(f"got {type(error).__name__.removesuffix('Forbidden')}, expected XML without it") from None
    except (ParseError, ValueError, LookupError) as error:
        raise BodyError(f"not readable as XML: {str(error)[:120]}") from None
    _check_depth(root)
    return root


def parse_item(payload: bytes) -> Element:
    """As `parse`, of one item; raises ItemError."""
    try:
        return parse(payload)
    except BodyError as error:
        raise ItemError(str(error)) from None


def payload_of(element: Element) -> bytes:
    """Return the bytes of one element."""
    element.tail = None
    found: bytes = tostring(element, "utf-8")
    return found


def name_of(element: Element) -> str:
    """Return the tag without its namespace."""
    return str(element.tag).rpartition("}")[2]


def children(element: Element, name: str) -> Iterator[Element]:
    """Return the children of a name, of whatever namespace."""
    return (child for child in element if name_of(child) == name)


def child_text(element: Element, name: str, most: int = 300) -> str:
    """Return the text of the first child of a name, cleaned; "" where there is none."""
    found = next(children(element, name), None)
    return "" if found is None or found.text is None else plain(found.text, most)


def needed_text(element: Element, name: str, most: int = 300) -> str:
    """As `child_text`; raises ItemError where there is none."""
    if not (found := child_text(element, name, most)):
        raise ItemError(f"{name}: got nothing, expected text")
    return found


def _check_depth(root: Element) -> None:
    level = [root]
    for _ in range(MAX_DEPTH):
        level = [child for element in level for child in element]
        if not level:
            return
    raise BodyError(f"got elements in one another deeper than {MAX_DEPTH}, expected fewer")
