"""`siaga-cloud admin ARGS` in the process of the tests, which saves the start of a Python for each call."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from typing import Any
from unittest import mock

import typer.main

from siaga_cloud.cli import app
from siaga_cloud.wiring import register_ports


@cache
def _command() -> Any:
    register_ports()
    return typer.main.get_command(app)


def run_admin(*args: str, environment: Mapping[str, str], standard_input: str = "") -> subprocess.CompletedProcess[str]:
    """Runs a command of administrators with these variables beside those of the tests; its output and exit code."""
    argv, code = ["siaga-cloud", "admin", *args], 0
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, environment),
        mock.patch.object(sys, "stdin", io.StringIO(standard_input)),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            _command()(args=[*args], prog_name="siaga-cloud admin")
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return subprocess.CompletedProcess(argv, code, out.getvalue(), err.getvalue())
