"""Holds the answers of text channels in both languages. They are short, because an SMS holds 160 characters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from siaga_core.rules.conversation import Language

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "ask_place": (
        "Di mana? Balas dengan nama jalan atau patokan dan kelurahan, atau kirim lokasi. BATAL untuk berhenti.",
        "Where is it? Reply with a street or landmark and the kelurahan, or send your location. CANCEL to stop.",
    ),
    "ask_category": (
        "Apa yang terjadi? Misalnya banjir, sampah, jalan rusak, lampu mati, macet. BATAL untuk berhenti.",
        "What is wrong? For example flood, trash, pothole, street light, traffic jam. CANCEL to stop.",
    ),
    "thanks": (
        "Terima kasih. Laporan {number}: {category}, {place}. Ikuti: {follow} atau balas STATUS {number}.",
        "Thank you. Report {number}: {category}, {place}. Follow: {follow} or reply STATUS {number}.",
    ),
    "thanks_group": (
        "Terima kasih. Laporan {number}: {category}, {place}. Balas STATUS {number} untuk kabarnya.",
        "Thank you. Report {number}: {category}, {place}. Reply STATUS {number} for its news.",
    ),
    "unreadable": (
        "Pesan suara, video, dan stiker belum bisa kami baca. Tulis apa yang terjadi dan di mana, atau kirim foto.",
        "We cannot read voice notes, videos and stickers. Write what is wrong and where, or send a photo.",
    ),
    "passed": (
        "Terima kasih. Pesan Anda akan dibaca petugas.",
        "Thank you. An operator will read your message.",
    ),
    "status": ("Laporan {number}: {sentence}", "Report {number}: {sentence}"),
    "no_such_number": (
        "Tidak ada laporan {number} dari nomor ini.",
        "There is no report {number} from this number.",
    ),
    "photo_added": ("Foto ditambahkan ke laporan {number}.", "The photo was added to report {number}."),
    "follow_up": (
        "Pesan Anda tentang laporan {number} diteruskan ke petugas. {sentence}",
        "Your message about report {number} goes to an operator. {sentence}",
    ),
    "taken_up": (
        "Petugas membaca pesan Anda dan membuat laporan {number}: {category}. Balas STATUS {number} untuk kabarnya.",
        "An operator read your message and made report {number}: {category}. Reply STATUS {number} for its news.",
    ),
    "cancelled": (
        "Dibatalkan; tidak ada laporan yang dibuat.",
        "Cancelled; no report was made.",
    ),
    "nothing_to_cancel": (
        "Tidak ada yang dibatalkan. Laporan yang sudah terkirim tetap diproses.",
        "There is nothing to cancel. Reports that were sent go on.",
    ),
    "over": (
        "Terima kasih atas kabarnya. Bila ada masalah, kirim apa dan di mana.",
        "Thank you for telling us. If something is wrong, send what and where.",
    ),
    "help": (
        "Siaga: kirim apa yang terjadi dan di mana, misalnya: banjir selutut di Kampung Melayu. STATUS nomor: kabar.",
        "Siaga: send what is wrong and where, for example: flooded street in Kampung Melayu. STATUS number: its news.",
    ),
}


def render(what: str, language: Language, **values: str) -> str:
    """Return a sentence with its values."""
    indonesian, english = _WORDS[what]
    return (indonesian if language == "id" else english).format(**values)
