"""Photos are decoded in other processes, which a bad one ends without harm to the next one."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from PIL import Image
from tests.support.http_api import a_photo

from siaga_cloud.platform.errors import BusyError
from siaga_cloud.platform.input_errors import IntakeError
from siaga_cloud.platform.media import photo_pool
from siaga_cloud.platform.media.photo import LIGHT_PIXELS, clean_photo, is_heavy
from siaga_cloud.platform.media.photo_pool import LIGHT_PLACES, STAFF_PLACES, PhotoLane, PhotoPool, PhotoRefusal

MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def pool() -> Iterator[PhotoPool]:
    pool = PhotoPool()
    yield pool
    pool.close()


def plain_image(kind: str, *, side: int, **how: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, side), "red").save(out, kind, **how)
    return out.getvalue()


def test_a_photo_is_the_same_as_if_it_were_decoded_here(pool: PhotoPool) -> None:
    sent = a_photo(gps=(-6.25, 106.85), DateTimeOriginal="2026:01:02 08:00:00", OffsetTimeOriginal="+07:00")
    assert pool.clean_all([sent, a_photo(fmt="PNG")]) == (clean_photo(sent), clean_photo(a_photo(fmt="PNG")))


def test_an_expensive_photo_is_accepted_too(pool: PhotoPool) -> None:
    assert pool.clean(plain_image("PNG", side=2100)).width == 2048


def test_a_refusal_names_the_field_and_the_reason(pool: PhotoPool) -> None:
    with pytest.raises(IntakeError) as caught:
        pool.clean(b"no photo", field="second_photo")
    assert (caught.value.field, caught.value.key) == ("second_photo", "photo_unreadable")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(plain_image("PNG", side=2100), True, id="a large PNG"),
        pytest.param(plain_image("WEBP", side=2100), True, id="a large WebP"),
        pytest.param(plain_image("JPEG", side=2100, progressive=True), True, id="a large JPEG that is held whole"),
        pytest.param(plain_image("JPEG", side=2100), False, id="a large JPEG that is scaled row by row"),
        pytest.param(plain_image("PNG", side=1900), False, id="a small PNG"),
        pytest.param(b"nothing", False, id="no image"),
    ],
)
def test_what_is_expensive_to_decode_is_known_by_its_header(data: bytes, *, expected: bool) -> None:
    assert 1900**2 < LIGHT_PIXELS < 2100**2
    assert is_heavy(data) is expected


def test_memory_and_time_are_bounded_and_the_next_photo_is_decoded() -> None:
    large = plain_image("PNG", side=2850)
    lane = PhotoLane("test", 1, 1, 28 * MEGABYTE, 8.0)
    try:
        assert lane.decode(large, is_light=False) == PhotoRefusal("photo_too_complex")
        assert lane.decode(a_photo(), is_light=False) == clean_photo(a_photo())
        assert lane.decode(large, is_light=False, seconds=0.01) == PhotoRefusal("photo_too_complex")
        assert lane.decode(a_photo(), is_light=False) == clean_photo(a_photo())
    finally:
        lane.close()


def test_a_photo_that_a_busy_machine_has_no_time_for_is_not_called_too_complex(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo_pool, "WAIT_SECONDS", 0.01)
    lane = PhotoLane("test", 1, 1, 40 * MEGABYTE, 8.0)
    try:
        with pytest.raises(BusyError):
            lane.decode(a_photo(), is_light=False)
        monkeypatch.undo()
        assert lane.decode(a_photo(), is_light=False) == clean_photo(a_photo())
    finally:
        lane.close()


def test_too_many_at_once_are_refused_at_once_and_staff_have_places_of_their_own() -> None:
    lane = PhotoLane("test", 1, LIGHT_PLACES, 40 * MEGABYTE, 8.0)
    with ExitStack() as held:
        for _ in range(LIGHT_PLACES):
            held.enter_context(lane.place(is_staff=False))
        with pytest.raises(BusyError), lane.place(is_staff=False):
            raise AssertionError("there was a place")
        for _ in range(STAFF_PLACES):
            held.enter_context(lane.place(is_staff=True))
        with pytest.raises(BusyError), lane.place(is_staff=True):
            raise AssertionError("there was a place")
    with lane.place(is_staff=False):
        pass
    lane.close()
