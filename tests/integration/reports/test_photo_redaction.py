"""Photos of citizens and officers become public as redacted copies only, and only after the worker's job."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from PIL import Image
from tests.support.http_api import Api
from tests.support.proof_photos import OPERATOR, resolve, shown
from tests.support.redaction import STREET, a_street_report, redact_queued, shipped_redactor

from siaga_cloud.media import redaction, redaction_job
from siaga_cloud.media.redactor import PhotoRedactor, RedactedPhoto, UnreadablePhotoError, decode_stored
from siaga_cloud.platform.db.connection import Database
from siaga_core.vision.errors import LookError
from siaga_core.vision.self_test import KNOWN

LEFT_CAR = KNOWN.vehicles[0]


def followed(api: Api, secret: str) -> dict[str, Any]:
    with api.client() as citizen:
        found: dict[str, Any] = citizen.get(f"/api/v1/reports/{secret}").json()
    return found


def pixels(jpeg: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(jpeg)) as opened:
        return np.asarray(opened.convert("L"), np.int16)


def changed_in_plate(before: bytes, after: bytes) -> float:
    rows = slice(int(LEFT_CAR.y1 + 0.4 * (LEFT_CAR.y2 - LEFT_CAR.y1)), int(LEFT_CAR.y2))
    columns = slice(int(LEFT_CAR.x1), int(LEFT_CAR.x2))
    return float(np.abs(pixels(before)[rows, columns] - pixels(after)[rows, columns]).mean())


def states(api: Api) -> dict[UUID, tuple[str, int, str]]:
    with api.connection() as conn:
        rows = conn.execute("SELECT media_id, state, attempts, reason FROM photo_redaction").fetchall()
    return {row["media_id"]: (row["state"], row["attempts"], row["reason"]) for row in rows}


def newest_photo(api: Api) -> tuple[UUID, Path]:
    with api.connection() as conn:
        row = conn.execute(
            "SELECT id, sha256 FROM media WHERE NOT redacted ORDER BY created_at DESC LIMIT 1"
        ).fetchone()
    assert row is not None
    return row["id"], api.parts.media.path(row["sha256"])


def test_the_public_sees_the_pair_as_soon_as_the_job_has_run_and_never_an_original(api: Api) -> None:
    task, secret = a_street_report(api)
    resolve(api, task, STREET)
    waiting = shown(api, task, None)["pair"]
    assert (waiting["before"], waiting["after"], waiting["waiting"], waiting["hidden"]) == ([], [], 2, 0)
    assert [(one["url"], one["redaction"]) for one in followed(api, secret)["images"]] == [(None, "waiting")]

    redact_queued(api)

    pair = shown(api, task, None)["pair"]
    assert (pair["waiting"], pair["hidden"]) == (0, 0)
    [before], [after] = pair["before"], pair["after"]
    assert (before["by"], after["by"]) == ("citizen", "officer")
    assert followed(api, secret)["images"][0]["url"] == before["url"]
    original = shown(api, task, OPERATOR)["pair"]["before"][0]
    assert original["public_url"] == before["url"] != original["url"]
    with api.client() as public, api.client(OPERATOR) as operator:
        for one in (before, after):
            answer = public.get(one["url"])
            assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
            assert changed_in_plate(STREET, answer.content) > 10
        assert public.get(original["url"]).status_code == 404
        assert changed_in_plate(STREET, operator.get(original["url"]).content) < 6
        [listed] = public.get(f"/open311/v2/requests/{followed(api, secret)['report_id']}.json").json()
    assert listed["media_url"].endswith(before["url"])


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        pytest.param(lambda path: path.unlink(), "file_missing", id="gone"),
        pytest.param(lambda path: path.write_bytes(b"no photo"), "unreadable", id="not a photo"),
    ],
)
def test_a_photo_that_cannot_be_redacted_is_hidden_and_staff_read_why(api: Api, spoil: Any, reason: str) -> None:
    task, secret = a_street_report(api, north=0.02 if reason == "unreadable" else 0.04)
    photo, path = newest_photo(api)
    content = path.read_bytes()
    spoil(path)
    redact_queued(api)
    path.write_bytes(content)  # the others of this module have the same street
    assert states(api)[photo] == ("failed", 1, reason)
    pair = shown(api, task, None)["pair"]
    assert (pair["before"], pair["waiting"], pair["hidden"]) == ([], 0, 1)
    [image] = shown(api, task, OPERATOR)["pair"]["before"]
    assert (image["public_url"], image["redaction"], image["redaction_reason"]) == (None, "failed", reason)
    assert followed(api, secret)["images"][0]["redaction"] == "failed"
    with api.client() as public:
        assert public.get(image["url"]).status_code == 404


class _FailingRedactor(PhotoRedactor):
    def redact(self, jpeg: bytes) -> RedactedPhoto:
        raise LookError("no answer")


def test_a_failing_detector_is_tried_five_times_and_one_that_is_missing_is_waited_for(api: Api, tmp_path: Path) -> None:
    a_street_report(api, north=0.06)
    photo, _ = newest_photo(api)
    with Database(api.database_url, name="siaga-redaction-test") as database:
        for _ in range(3):
            with pytest.raises(redaction_job.RedactionError, match="waits"):
                redaction_job.redact_photo(database, api.parts.media, PhotoRedactor(tmp_path / "none.toml"), photo)
        assert states(api)[photo] == ("waiting", 0, "detector_unavailable")
        for _ in range(redaction_job.MOST_ATTEMPTS - 1):
            with pytest.raises(redaction_job.RedactionError, match="detector_failed"):
                redaction_job.redact_photo(database, api.parts.media, _FailingRedactor(), photo)
        redaction_job.redact_photo(database, api.parts.media, _FailingRedactor(), photo)
        assert states(api)[photo] == ("failed", redaction_job.MOST_ATTEMPTS, "detector_failed")
        redaction_job.redact_photo(database, api.parts.media, shipped_redactor(), photo)
    assert states(api)[photo][0] == "failed"  # for good


def test_a_photo_without_a_job_is_picked_up_once(api: Api) -> None:
    a_street_report(api, north=0.08)
    photo, _ = newest_photo(api)
    with api.connection() as conn:  # as a program of the previous version leaves it
        conn.execute("DELETE FROM procrastinate_jobs WHERE queue_name = 'redaction'")
        conn.execute("UPDATE photo_redaction SET queued_at = NULL WHERE media_id = %s", (photo,))
        redaction.pick_up(conn, now=datetime.now(UTC))
        redaction.pick_up(conn, now=datetime.now(UTC))
        jobs = conn.execute("SELECT args FROM procrastinate_jobs WHERE queue_name = 'redaction'").fetchall()
        conn.commit()
    assert [job["args"] for job in jobs] == [{"media_id": str(photo)}]
    redact_queued(api)
    assert states(api)[photo][0] == "redacted"


def test_what_its_reporter_erases_is_erased_from_the_copy_too(api: Api) -> None:
    _, secret = a_street_report(api, north=0.1)
    photo, _ = newest_photo(api)
    redact_queued(api)
    url = followed(api, secret)["images"][0]["url"]
    with api.client() as citizen:
        assert len(citizen.get(url).content) > 2000
        assert citizen.delete(f"/api/v1/reports/{secret}/personal").status_code == 200
        assert len(citizen.get(url).content) < 1000
    with api.connection() as conn:
        assert conn.execute("SELECT redacted FROM media WHERE id = %s", (photo,)).fetchone() == {"redacted": True}


def blank_of(api: Api, photo: UUID) -> str:
    with api.connection() as conn:
        row = conn.execute("SELECT sha256 FROM media WHERE id = %s", (photo,)).fetchone()
    assert row is not None
    return str(row["sha256"])


def test_a_photo_that_is_erased_while_the_job_runs_gets_no_copy(api: Api) -> None:
    _, secret = a_street_report(api, north=0.12)
    photo, _ = newest_photo(api)

    class Erasing(PhotoRedactor):
        def redact(self, jpeg: bytes) -> RedactedPhoto:
            with api.client() as citizen:
                assert citizen.delete(f"/api/v1/reports/{secret}/personal").status_code == 200
            return shipped_redactor().redact(jpeg)

    files = set(api.media_dir.rglob("*"))
    with Database(api.database_url, name="siaga-redaction-test") as database:
        redaction_job.redact_photo(database, api.parts.media, Erasing(), photo)
    assert photo not in states(api)
    assert set(api.media_dir.rglob("*")) <= files | {api.parts.media.path(blank_of(api, photo))}


def test_only_photos_of_the_stored_form_are_decoded() -> None:
    for width, height, fmt in ((2049, 10, "JPEG"), (40, 40, "PNG")):
        out = io.BytesIO()
        Image.new("RGB", (width, height)).save(out, fmt)
        with pytest.raises(UnreadablePhotoError):
            decode_stored(out.getvalue())
    with pytest.raises(UnreadablePhotoError, match="expected at most"):
        decode_stored(STREET + bytes(13 * 1024 * 1024))
