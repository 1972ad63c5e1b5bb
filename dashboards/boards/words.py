"""The words of the dashboards, in Indonesian and English: a pair for each word, and the words of our codes with colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from siaga_core.hazards import all_hazards

Language: TypeAlias = Literal["id", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("id", "en")

GREEN, YELLOW, ORANGE, RED, PURPLE, BLUE, GREY = (
    "#3d8f45",
    "#f2cc0c",
    "#ff780a",
    "#e02f44",
    "#8f3bb8",
    "#5794f2",
    "#8e8e8e",
)
# Behind white text on a tile: yellow is too bright for it. A tile or a number that says nothing special has no hue.
OCHRE, DARK, PALE = "#b8960b", "#22252b", "#9fa7b3"
# A missing value: a dash without a colour, never the colour of a state.
DASH: Final = "–"
# Where days and hours begin.
CITY_ZONE: Final = "Asia/Jakarta"


@dataclass(frozen=True, slots=True)
class Text:
    """The same in both languages."""

    id: str
    en: str

    def in_(self, language: Language) -> str:
        """Return the text in a language."""
        return self.id if language == "id" else self.en


@dataclass(frozen=True, slots=True)
class Word:
    """What a code means, and the colour that it has everywhere; an empty colour is left to Grafana."""

    text: Text
    colour: str = ""


Words: TypeAlias = dict[str, Word]

SIAGA: Final[Words] = {
    "1": Word(Text("Siaga 1", "Siaga 1"), RED),
    "2": Word(Text("Siaga 2", "Siaga 2"), ORANGE),
    "3": Word(Text("Siaga 3", "Siaga 3"), YELLOW),
    "4": Word(Text("Siaga 4", "Siaga 4"), GREEN),
    "0": Word(Text("Tak diketahui", "Unknown"), PURPLE),
}
FLOOD: Final[Words] = {
    "0": Word(Text("Tidak ada", "None"), PALE),
    "1": Word(Text("Hati-hati", "Caution"), BLUE),
    "2": Word(Text("Ringan", "Minor"), YELLOW),
    "3": Word(Text("Sedang", "Moderate"), ORANGE),
    "4": Word(Text("Berat", "Severe"), RED),
}
SEVERITY: Final[Words] = {
    "minor": Word(Text("Ringan", "Minor"), YELLOW),
    "moderate": Word(Text("Sedang", "Moderate"), ORANGE),
    "severe": Word(Text("Berat", "Severe"), RED),
}
ALERT: Final[Words] = {
    "0": Word(Text("Aman", "All clear"), GREEN),
    "1": Word(Text("Waspada", "Watch"), YELLOW),
    "2": Word(Text("Peringatan", "Warning"), ORANGE),
    "3": Word(Text("Bahaya", "Danger"), RED),
}
CATEGORY: Final[Words] = {one.id: Word(Text(one.name.indonesian, one.name.english)) for one in all_hazards()}
TASK: Final[Words] = {
    "review": Word(Text("Ditinjau", "In review"), PURPLE),
    "open": Word(Text("Terbuka", "Open"), RED),
    "assigned": Word(Text("Ditugaskan", "Assigned"), ORANGE),
    "accepted": Word(Text("Diterima", "Accepted"), YELLOW),
    "on_site": Word(Text("Di lokasi", "On site"), BLUE),
    "paused": Word(Text("Ditunda", "Paused"), GREY),
    "resolved": Word(Text("Selesai", "Resolved"), "#96d98d"),
    "verified": Word(Text("Terverifikasi", "Verified"), GREEN),
    "dismissed": Word(Text("Ditolak", "Dismissed"), GREY),
}
CAMERA: Final[Words] = {
    "sees": Word(Text("Melihat", "Sees"), GREEN),
    "unknown": Word(Text("Tak diketahui", "Unknown"), PURPLE),
    "never": Word(Text("Belum pernah", "Never seen"), GREY),
}
ACCURACY: Final[Words] = {
    "known": Word(Text("Diketahui", "Known"), GREEN),
    "not_known": Word(Text("Belum diketahui", "Not known yet"), GREY),
    "suspended": Word(Text("Tanpa tugas sendiri", "No own tasks"), ORANGE),
}
NODE: Final[Words] = {
    "online": Word(Text("Tersambung", "Online"), GREEN),
    "offline": Word(Text("Terputus", "Offline"), RED),
    "unknown": Word(Text("Tak diketahui", "Unknown"), PURPLE),
}
# Lines over time take numbers only.
SEES: Final[Words] = {"1": CAMERA["sees"], "0": CAMERA["unknown"]}
REACHED: Final[Words] = {"1": NODE["online"], "0": NODE["offline"], "2": NODE["unknown"]}
YES_NO: Final[Words] = {
    "true": Word(Text("ya", "yes"), RED),
    "false": Word(Text("tidak", "no"), GREEN),
}
VERDICT: Final[Words] = {
    "confirmed": Word(Text("Benar", "Confirmed"), GREEN),
    "false_alarm": Word(Text("Alarm palsu", "False alarm"), RED),
    "none": Word(Text("Belum dinilai", "Not judged"), GREY),
}
PROOF: Final[Words] = {
    "verified": Word(Text("Terbukti", "Verified"), GREEN),
    "reopened": Word(Text("Dibuka lagi", "Reopened"), RED),
    "waiting": Word(Text("Menunggu", "Waiting"), YELLOW),
}
DELIVERY: Final[Words] = {
    "queued": Word(Text("Menunggu", "Queued"), YELLOW),
    "sent": Word(Text("Terkirim", "Sent"), GREEN),
    "failed": Word(Text("Gagal", "Failed"), RED),
}
STREAM: Final[Words] = {
    "readings": Word(Text("Bacaan", "Readings"), BLUE),
    "events": Word(Text("Kejadian kamera", "Events"), ORANGE),
    "health": Word(Text("Kesehatan", "Health"), GREEN),
    "evidence": Word(Text("Bukti", "Evidence"), YELLOW),
    "frames": Word(Text("Gambar", "Frames"), PURPLE),
    "answers": Word(Text("Jawaban", "Answers"), GREY),
    "status": Word(Text("Tanda hidup", "Status"), PALE),
    "config": Word(Text("Pengaturan", "Configuration"), OCHRE),
}
CHANNEL: Final[Words] = {
    "web": Word(Text("Situs web", "Web page"), BLUE),
    "email": Word(Text("Surel", "E-mail"), YELLOW),
    "sms": Word(Text("SMS", "SMS"), ORANGE),
    "webpush": Word(Text("Notifikasi peramban", "Browser push"), PURPLE),
    "whatsapp": Word(Text("WhatsApp", "WhatsApp"), GREEN),
    "telegram": Word(Text("Telegram", "Telegram"), "#33a2e5"),
    "x": Word(Text("X", "X"), GREY),
    "qlue": Word(Text("Qlue", "Qlue"), "#37872d"),
    "jaki": Word(Text("JAKI", "JAKI"), "#fa6400"),
    "open311": Word(Text("Open311", "Open311"), "#b877d9"),
    "facebook": Word(Text("Facebook", "Facebook"), "#1f60c4"),
    "lapor": Word(Text("SP4N-LAPOR!", "SP4N-LAPOR!"), "#c4162a"),
    "smssync": Word(Text("SMSSync", "SMSSync"), "#ffee52"),
    "frontlinesms": Word(Text("FrontlineSMS", "FrontlineSMS"), "#ffcb7d"),
}
JOB: Final[Words] = {
    "todo": Word(Text("Menunggu", "Waiting"), YELLOW),
    "doing": Word(Text("Berjalan", "Running"), BLUE),
    "failed": Word(Text("Gagal", "Failed"), RED),
}
QUALITY: Final[Words] = {
    "good": Word(Text("Baik", "Good")),
    "suspect": Word(Text("Meragukan", "Suspect"), YELLOW),
    "bad": Word(Text("Rusak", "Bad"), RED),
    "missing": Word(Text("Kosong", "Missing"), PURPLE),
}
LANGUAGE: Final[Words] = {
    "id": Word(Text("Bahasa Indonesia", "Bahasa Indonesia")),
    "en": Word(Text("Inggris", "English")),
}
CONFIRMED: Final[Words] = {"true": Word(Text("ya", "yes")), "false": Word(Text("belum", "not yet"))}
