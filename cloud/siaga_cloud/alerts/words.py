"""Holds the words of alerts in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from siaga_core.rules.alert import AlertLevel

Language = Literal["id", "en"]

HEADS: Final[Mapping[Language, Mapping[AlertLevel, str]]] = {
    "id": {
        AlertLevel.NONE: "AMAN",
        AlertLevel.ADVISORY: "WASPADA banjir",
        AlertLevel.WARNING: "PERINGATAN banjir",
        AlertLevel.DANGER: "BAHAYA banjir",
    },
    "en": {
        AlertLevel.NONE: "ALL CLEAR",
        AlertLevel.ADVISORY: "Flood advisory",
        AlertLevel.WARNING: "Flood WARNING",
        AlertLevel.DANGER: "Flood DANGER",
    },
}
FLOODS: Final[Mapping[Language, Mapping[int, str]]] = {
    "id": {
        1: "Ada air di jalan; dalamnya belum diketahui.",
        2: "Jalan tergenang, sampai setinggi lutut atau paha (10 sampai 70 cm).",
        3: "Banjir setinggi dada (71 sampai 150 cm).",
        4: "Banjir lebih tinggi dari orang dewasa (di atas 150 cm).",
    },
    "en": {
        1: "There is water on the street; how deep is not yet known.",
        2: "Streets are under water, up to the knee or thigh (10 to 70 cm).",
        3: "The flood is as high as the chest (71 to 150 cm).",
        4: "The flood is higher than a grown person (over 150 cm).",
    },
}
UNCONFIRMED: Final[Mapping[Language, Mapping[str, str]]] = {
    "id": {
        "headline": "Kabar banjir belum dipastikan",
        "fact": "Ada laporan air di jalan, belum dipastikan; dalamnya belum diketahui.",
        "to_do": "Perhatikan kabar berikutnya. Lihat sendiri keadaan di sekitar bila aman.",
        "ended": "Kabar banjir berakhir",
        "over": "Kabar banjir itu tidak pernah dipastikan; sumbernya kini terlalu sedikit. Lihat sendiri keadaan air.",
    },
    "en": {
        "headline": "Unconfirmed reports of flooding",
        "fact": "Water on the street is reported, not confirmed; how deep is not yet known.",
        "to_do": "Watch for the next message. Look around you if it is safe.",
        "ended": "Reports of flooding have ended",
        "over": "The reports of flooding were never confirmed; too few sources are left. Look at the water yourself.",
    },
}
BESIDE_GAUGE: Final[Mapping[Language, str]] = {
    "id": "Air di pos pantau tinggi; jalan di dekatnya bisa tergenang.",
    "en": "The water at the gauge is high; streets beside it may be under water.",
}
TRENDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "id": {"rising": ", naik", "falling": ", turun", "steady": ", tetap", "unknown": ""},
    "en": {"rising": ", rising", "falling": ", falling", "steady": ", steady", "unknown": ""},
}
# One and many. Of gauges, forecasts, cameras and feeds the names are given as well.
SOURCES: Final[Mapping[Language, Mapping[str, tuple[str, str]]]] = {
    "id": {
        "gauge": ("pos pantau", "{n} pos pantau"),
        "forecast": ("prakiraan untuk", "prakiraan untuk"),
        "camera": ("kamera", "{n} kamera"),
        "officer": ("petugas di lokasi", "{n} petugas di lokasi"),
        "operator": ("petugas kota", "{n} petugas kota"),
        "feed": ("mitra", "{n} mitra"),
        "verified_citizen": ("1 warga terverifikasi", "{n} warga terverifikasi"),
        "unverified_citizen": ("1 warga", "{n} warga dari jaringan berbeda"),
    },
    "en": {
        "gauge": ("gauge", "{n} gauges"),
        "forecast": ("forecast for", "forecast for"),
        "camera": ("camera", "{n} cameras"),
        "officer": ("an officer at the place", "{n} officers at the place"),
        "operator": ("the city's staff", "{n} of the city's staff"),
        "feed": ("partner", "{n} partners"),
        "verified_citizen": ("1 verified citizen", "{n} verified citizens"),
        "unverified_citizen": ("1 citizen", "{n} citizens from different networks"),
    },
}

TO_DO: Final[Mapping[Language, Mapping[AlertLevel, str]]] = {
    "id": {
        AlertLevel.NONE: "Jauhi kabel dan colokan yang masih basah. Rebus air sebelum diminum.",
        AlertLevel.ADVISORY: "Perhatikan kabar berikutnya. Taruh surat penting dan obat di tempat tinggi.",
        AlertLevel.WARNING: (
            "Pindahkan barang dan kendaraan ke tempat tinggi. Siapkan tas: surat, obat, senter, air minum. "
            "Bantu anak dan orang tua bersiap."
        ),
        AlertLevel.DANGER: (
            "Matikan listrik. Pergi sekarang ke tempat tinggi atau pengungsian. Jangan menyeberangi air yang "
            "mengalir. Butuh pertolongan: telepon 112."
        ),
    },
    "en": {
        AlertLevel.NONE: "Keep away from wet cables and sockets. Boil water before you drink it.",
        AlertLevel.ADVISORY: "Watch for the next message. Put papers and medicine in a high place.",
        AlertLevel.WARNING: (
            "Move your things and vehicles to higher ground. Pack a bag: papers, medicine, a torch, drinking water. "
            "Help children and old people get ready."
        ),
        AlertLevel.DANGER: (
            "Switch off the electricity. Go to higher ground or a shelter now. Do not cross flowing water. "
            "For help call 112."
        ),
    },
}

# Of an alert that ends without anybody knowing whether the water is down.
NOT_KNOWN: Final[Mapping[Language, str]] = {"id": "TIDAK DIKETAHUI", "en": "NOT KNOWN"}
NOT_SAFE: Final[Mapping[Language, str]] = {
    "id": "Jangan anggap aman. Lihat sendiri keadaan air dari tempat tinggi.",
    "en": "Do not take this as safe. Look at the water yourself, from higher ground.",
}
