"""Reads the code blocks of a page with what is stated about them.

A block is run as it stands unless an HTML comment directly above it, which the page does not show, states otherwise:

    <!-- deployment-docs
    with: NAME=$(command)      a value that the block needs and the page cannot know
    write: old => new          an example in the block, such as a host name, and what is written instead
    until: command             must succeed within five minutes; `healthy`: every service is healthy or done
    not run: reason            the block is not run here, for this reason
    -->
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

COMMENT = "<!-- deployment-docs"
SHELL = "sh"
LEAST_REASON_WORDS = 4
_FENCE = re.compile(r"^( *)```(\S*)\s*$")
_INDENTED = re.compile(r"^ {4,}(\S.*)$")
_COMMAND = re.compile(r"^(sudo |docker |siaga-|make |curl |\$ )")
_KINDS = ("with", "write", "until", "not run")


class PageError(ValueError):
    """The page has a block that can neither be run nor explained."""


@dataclass(frozen=True, slots=True)
class Block:
    """One code block. `reason`: why it is not run."""

    line: int
    language: str
    text: str
    given: tuple[str, ...] = ()
    written: tuple[tuple[str, str], ...] = ()
    until: tuple[str, ...] = ()
    reason: str | None = None

    @property
    def is_run(self) -> bool:
        """Whether the block is run here."""
        return self.reason is None

    @property
    def script(self) -> str:
        """The text of the block with what is written instead of its examples."""
        text = self.text
        for old, new in self.written:
            text = text.replace(old, new)
        return text

    @property
    def title(self) -> str:
        """The first command of the block, without its comment."""
        return self.text.splitlines()[0].partition("  #")[0].strip()


@dataclass(slots=True)
class _Remarks:
    """What a comment states about the block below it."""

    found: list[tuple[str, str]] = field(default_factory=list)
    ends_at: int = -1

    def of(self, kind: str) -> list[str]:
        return [text for name, text in self.found if name == kind]


def blocks(page: str) -> list[Block]:
    """Return the blocks of a page in its sequence; raises `PageError` where one has no meaning."""
    lines = page.splitlines()
    found: list[Block] = []
    remarks = _Remarks()
    number = 0
    while number < len(lines):
        line = lines[number]
        if line.startswith(COMMENT):
            remarks = _remarks(lines, number)
            number = remarks.ends_at
        elif fence := _FENCE.match(line):
            end = _end_of(lines, number, fence[1])
            is_near = remarks.ends_at == number
            found.append(_block(lines, number, end, fence[2], remarks if is_near else _Remarks()))
            if remarks.found and not is_near:
                raise PageError(f"line {number + 1}: a remark about a block is not directly above it")
            remarks, number = _Remarks(), end + 1
        else:
            _refuse_hidden_command(line, number)
            number += 1
    if remarks.found:
        raise PageError("the last remark is about no block")
    return found


def _remarks(lines: list[str], start: int) -> _Remarks:
    found: list[tuple[str, str]] = []
    for number in range(start + 1, len(lines)):
        if lines[number].strip() == "-->":
            return _Remarks(found, number + 1)
        kind, colon, text = lines[number].partition(":")
        if not colon or kind.strip() not in _KINDS or not text.strip():
            raise PageError(f"line {number + 1}: got {lines[number]!r}, expected one of {', '.join(_KINDS)} and a text")
        found.append((kind.strip(), text.strip()))
    raise PageError(f"line {start + 1}: the comment does not end")


def _end_of(lines: list[str], start: int, indent: str) -> int:
    for number in range(start + 1, len(lines)):
        if lines[number] == f"{indent}```":
            return number
    raise PageError(f"line {start + 1}: the block does not end")


def _block(lines: list[str], start: int, end: int, language: str, remarks: _Remarks) -> Block:
    text = "\n".join(lines[start + 1 : end])
    written = []
    for one in remarks.of("write"):
        old, arrow, new = (part.strip() for part in one.partition("=>"))
        if not arrow or old not in text:
            raise PageError(f"line {start + 1}: the block does not contain {old!r}")
        written.append((old, new))
    reasons = remarks.of("not run")
    if reasons and (len(remarks.found) > 1 or len(reasons[0].split()) < LEAST_REASON_WORDS):
        raise PageError(f"line {start + 1}: a block that is not run has one reason of some words and nothing else")
    if language != SHELL and not reasons:
        raise PageError(f"line {start + 1}: only {SHELL} is run: a block of {language or 'no language'} needs a reason")
    if not text.strip():
        raise PageError(f"line {start + 1}: the block is empty")
    return Block(start + 1, language, text, tuple(remarks.of("with")), tuple(written), tuple(remarks.of("until")),
                 reasons[0] if reasons else None)  # fmt: skip


def _refuse_hidden_command(line: str, number: int) -> None:
    """Markdown shows indented lines as code, too: a command there would never be run."""
    if (indented := _INDENTED.match(line)) and _COMMAND.match(indented[1]):
        raise PageError(f"line {number + 1}: a command outside of a fenced block: {indented[1]}")
