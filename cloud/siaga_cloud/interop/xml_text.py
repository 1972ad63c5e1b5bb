"""Writes XML with the standard library from text that may contain anything."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from xml.etree import ElementTree as ET

# XML 1.0 has no way at all to write these.
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """Return the text without the characters that XML cannot hold."""
    return _NOT_XML.sub("", text)


def add(parent: ET.Element, name: str, text: str) -> ET.Element:
    """Appends an element with text; escaping is the writer's."""
    child = ET.SubElement(parent, name)
    child.text = clean(text)
    return child


def write(root: ET.Element) -> bytes:
    """Return the document, UTF-8 with its declaration."""
    body: bytes = ET.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body.removeprefix(b"<?xml version='1.0' encoding='utf-8'?>\n")


def element(name: str, value: Any, items: Mapping[str, str]) -> ET.Element:
    """Plain values as elements; a list's items are named by `items[name of the list]`, None is an empty element."""
    made = ET.Element(name)
    match value:
        case None:
            pass
        case bool():
            made.text = "true" if value else "false"
        case str():
            made.text = clean(value)
        case Mapping():
            made.extend(element(key, inner, items) for key, inner in value.items())
        case Sequence():
            made.extend(element(items[name], inner, items) for inner in value)
        case _:
            made.text = str(value)
    return made
