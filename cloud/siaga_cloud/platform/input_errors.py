"""Defines the errors in what a citizen or officer sends, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from siaga_cloud.platform.language import Language

# key: (Indonesian, English); braces are filled from the problem's values.
MESSAGES: Final[Mapping[str, tuple[str, str]]] = {
    "invalid_category": (
        "Kategori {got} tidak dikenal; pilih salah satu dari: {expected}.",
        "There is no category {got}; expected one of: {expected}.",
    ),
    "text_or_photo_required": (
        "Tulis keterangan atau lampirkan foto.",
        "Write a few words or add a photo.",
    ),
    "text_too_long": (
        "Keterangan terlalu panjang: {got} huruf, paling banyak {expected}.",
        "The text is too long: {got} characters, at most {expected}.",
    ),
    "coordinates_required": (
        "Lokasi tidak ada: kirim lat dan lon, atau foto dengan lokasi GPS.",
        "The place is missing: send lat and lon, or a photo with a GPS position.",
    ),
    "invalid_coordinates": (
        "Lokasi {got} tidak benar: lat -90 sampai 90, lon -180 sampai 180.",
        "The place {got} is not on earth: lat from -90 to 90, lon from -180 to 180.",
    ),
    "too_many_photos": (
        "Terlalu banyak foto: {got}, paling banyak {expected}.",
        "Too many photos: {got}, at most {expected}.",
    ),
    "photo_empty": ("Berkas foto kosong.", "The photo file is empty."),
    "photo_too_large": (
        "Foto terlalu besar: {got}, paling banyak {expected}.",
        "The photo is too big: {got}, at most {expected}.",
    ),
    "photo_unreadable": (
        "Berkas ini bukan foto yang dapat dibaca; kirim JPEG, PNG, atau WebP.",
        "This file is not a picture that can be read; send JPEG, PNG or WebP.",
    ),
    "photo_too_many_pixels": (
        "Foto {got} titik terlalu besar, paling banyak {expected}.",
        "The photo has {got} pixels, at most {expected}.",
    ),
    "photo_too_complex": (
        "Foto ini terlalu berat untuk dibaca. Simpan ulang sebagai JPEG biasa, lalu kirim lagi.",
        "This photo takes too much to read. Save it as an ordinary JPEG and send it again.",
    ),
    "photo_too_small": (
        "Foto terlalu kecil: {got}, paling sedikit {expected}.",
        "The photo is too small: {got}, at least {expected}.",
    ),
    "invalid_idempotency_key": (
        "Idempotency-Key {got} tidak benar: harus UUID acak.",
        "Idempotency-Key {got} is not right: expected a random UUID.",
    ),
}


class IntakeError(Exception):
    """What was sent cannot be accepted. `field` names the form field, `key` the message."""

    def __init__(self, field: str, key: str, *, got: str = "", expected: str = "") -> None:
        self.field, self.key, self.got, self.expected = field, key, got, expected
        super().__init__(f"{field}: {self.message('en')}")

    def message(self, language: Language) -> str:
        """Return the complaint for a person."""
        indonesian, english = MESSAGES[self.key]
        text = indonesian if language == "id" else english
        return text.format(got=self.got, expected=self.expected)
