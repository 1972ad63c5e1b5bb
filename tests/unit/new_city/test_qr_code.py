"""QR codes of the enrolment: what is drawn is read again by a decoder."""

from __future__ import annotations

import re

import cv2
import numpy as np

from siaga_cloud.fleet.qr_code import Modules, as_path, as_text, modules_of
from siaga_cloud.fleet.service.enrolment import command_of, command_with_token

TEXT = command_with_token("https://siaga.example", "A-token_of-43-characters-123456789012345678")
SCALE = 6


def decoded(modules: Modules) -> str:
    image = np.where(np.array(modules), 0, 255).astype(np.uint8)
    text, *_ = cv2.QRCodeDetectorAruco().detectAndDecode(np.kron(image, np.ones((SCALE, SCALE), np.uint8)))
    return str(text)


def test_the_code_is_read_as_the_command_with_its_token() -> None:
    assert decoded(modules_of(TEXT)) == TEXT
    assert TEXT.startswith(command_of("https://siaga.example"))


def test_the_path_draws_the_same_modules() -> None:
    modules = modules_of(TEXT)
    drawn = np.zeros((len(modules), len(modules)), bool)
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", as_path(modules)):
        drawn[int(y), int(x) : int(x) + int(length)] = True
    assert decoded(tuple(tuple(map(bool, row)) for row in drawn.tolist())) == TEXT


def test_the_text_of_a_terminal_draws_the_same_modules() -> None:
    halves = {" ": (True, True), "▄": (True, False), "▀": (False, True), "█": (False, False)}
    rows = [row for line in as_text(modules_of(TEXT)).splitlines() for row in zip(*map(halves.get, line), strict=True)]
    assert decoded(tuple(rows)) == TEXT
