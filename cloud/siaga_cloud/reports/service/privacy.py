"""States to reporters what is stored of them, for how long, who sees it, and what they may demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.language import Language
from siaga_cloud.reports.store import privacy as db

VERSION: Final = "2026-12"
_TEXT: Final[dict[Language, str]] = {
    "id": """
Untuk menangani laporan ini disimpan: jenis, kata-kata, foto, tempat dan waktunya, dan kontak bila Anda memberikannya.
Kata-kata, foto, dan tempat yang tepat dilihat oleh petugas instansi yang menangani, kepala wilayah, operator, pimpinan,
dan admin; kontak Anda hanya oleh kepala wilayah dan instansi, operator, dan admin. Siapa yang melihatnya tercatat.

Untuk membedakan pengirim, awal alamat jaringan dan kunci perangkat Anda disimpan bersama laporan selama 30 hari, dan
sidik foto serta kode tersandi dari nama atau nomor Anda sampai Anda menghapusnya.

Masyarakat melihat jenis, waktu, wilayah, dan tempat yang dibulatkan, dan foto hanya setelah orang dan pelat nomor
disamarkan.

Kontak dihapus setelah {contacts_days} hari dan foto aslinya {photos_days} hari setelah kejadiannya selesai; selama
kejadian masih terbuka keduanya disimpan. Kata-kata dan tempat disimpan sampai Anda menghapusnya.

Dengan tautan laporan Anda dapat mengambil salinan data Anda dan menghapusnya kapan saja.
""",
    "en": """
To deal with this report its kind, words, photos, place and time are stored, and your contact if you give one.
The words, photos and exact place are seen by officers of the agency that deals with it, the area head, operators,
leaders and administrators; your contact only by heads of the area and agency, operators and administrators. Who looks
is on record.

To tell senders apart, the beginning of your network address and the key of your device are stored with the report for
30 days, and a fingerprint of each photo and a keyed code of your name or number until you erase them.

The public sees the kind, time, area and a rounded place, and photos only after people and number plates were made
unrecognisable.

Contacts are erased after {contacts_days} days and original photos {photos_days} days after the incident is over; while
it is open both are stored. Words and place are stored until you erase them.

With the link of your report you can take a copy of your data along and erase it at any time.
""",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyStatement:
    """Represents the statement in one language, a paragraph at a time."""

    version: str
    paragraphs: tuple[str, ...]


def statement(language: Language, *, contacts_days: int, photos_days: int) -> PrivacyStatement:
    """Return the statement with the retention that this city has set."""
    text = _TEXT[language].format(contacts_days=contacts_days, photos_days=photos_days)
    return PrivacyStatement(version=VERSION, paragraphs=tuple(" ".join(part.split()) for part in text.split("\n\n")))


def record_shown(conn: Connection, report_id: UUID, version: str) -> None:
    """Record which version was shown before a report was sent."""
    db.insert(conn, report_id, version)
