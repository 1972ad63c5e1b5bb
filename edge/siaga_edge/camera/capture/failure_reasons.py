"""Describes why a stream cannot be opened, and what to check first."""

from __future__ import annotations

from urllib.parse import urlsplit

import av

from siaga_edge.camera.capture.rtsp_steps import describe_timeout

# FFmpeg ends the step that it waits in, and reports whatever that step makes of it.
_TIMEOUT_ERRORS = (av.error.InvalidDataError, av.error.ExitError, av.error.PermissionError, TimeoutError)
_EARLY_SECONDS = 0.25


def timeout_reason(error: Exception, url: str, *, seconds: float, connect_seconds: float) -> str | None:
    """Return why nothing came in time, from the camera itself where it can be found out; None for another error.

    FFmpeg's error of a time-out names no time, so that the clock decides: `seconds` passed since the opening began.
    """
    if not isinstance(error, _TIMEOUT_ERRORS) or seconds < connect_seconds - _EARLY_SECONDS:
        return None
    if urlsplit(url).scheme == "rtsp":
        return describe_timeout(url, seconds=connect_seconds, waited_seconds=seconds)
    return f"no video within {seconds:.0f} s"


def hint(error: Exception) -> str:
    """Return what to check first, for errors whose own message does not explain it."""
    match error:
        case av.error.HTTPUnauthorizedError() | av.error.HTTPForbiddenError():
            return " (the camera rejects the user or password in the address)"
        case av.error.HTTPNotFoundError():
            return " (the camera responds, but has no such path; its manual or web page names the path)"
        case av.error.InvalidDataError():
            return " (the device responds, but sends no video; check the port and path of the camera's stream)"
        case ConnectionRefusedError():
            return " (nothing listens on that port; check that RTSP is enabled in the camera, and its port)"
        case TimeoutError():
            return " (no response; check power, cable and address)"
        case _:
            return ""
