"""Holds the words of the pages without scripts, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from siaga_cloud.platform.language import Language

TEXTS: Final[Mapping[Language, Mapping[str, str]]] = {
    "id": {
        "title": "Siaga: keadaan air dan banjir",
        "as_of": "Keadaan pada {time}.",
        "old": (
            "Halaman ini dibuat baru paling lama setiap 10 detik. Bila waktu di atas lebih dari {minutes} menit yang"
            " lalu, tidak diketahui bagaimana keadaannya sekarang."
        ),
        "alerts": "Peringatan yang berlaku",
        "no_alerts": "Pada waktu itu tidak ada peringatan yang berlaku.",
        "alert_count": "Jumlah: {n}, di antaranya belum dipastikan: {unconfirmed}. Yang terberat:",
        "gauges": "Pos pantau",
        "no_gauges": "Tidak ada pos pantau.",
        "unknown_count": "Tidak diketahui: {n} dari {all} pos pantau; itu bukan berarti aman.",
        "gauge": "Pos pantau",
        "stage": "Siaga",
        "level": "Tinggi air",
        "measured": "Diukur",
        "stage_1": "Siaga 1 – Awas",
        "stage_2": "Siaga 2 – Siaga",
        "stage_3": "Siaga 3 – Waspada",
        "stage_4": "Siaga 4 – Normal",
        "unknown": "Tidak diketahui",
        "was": "terakhir diketahui {cm} cm pada {time}",
        "floods": "Wilayah banjir",
        "no_floods": "Pada waktu itu tidak ada wilayah yang tercatat banjir.",
        "caution": "Ada air, dalamnya belum diketahui",
        "minor": "Banjir 10–70 cm",
        "moderate": "Banjir 71–150 cm",
        "severe": "Banjir di atas 150 cm",
        "none": "Tidak banjir",
        "unverified": "belum dipastikan",
        "possible": "mungkin, belum dipastikan",
        "incidents": "Kejadian terberat yang terbuka",
        "no_incidents": "Pada waktu itu tidak ada kejadian yang terbuka.",
        "incident_count": "Jumlah: {n}. Yang terberat:",
        "began": "mulai {time}",
        "other": "English",
        "whole": "Halaman lengkap",
    },
    "en": {
        "title": "Siaga: water and floods now",
        "as_of": "State at {time}.",
        "old": (
            "This page is made anew at least every 10 seconds. If the time above is more than {minutes} minutes ago,"
            " nobody knows how things are now."
        ),
        "alerts": "Alerts in force",
        "no_alerts": "No alert was in force at that time.",
        "alert_count": "Count: {n}, of which not confirmed: {unconfirmed}. The worst:",
        "gauges": "Gauges",
        "no_gauges": "There are no gauges.",
        "unknown_count": "Unknown: {n} of {all} gauges. That does not mean that the water there is calm.",
        "gauge": "Gauge",
        "stage": "Stage",
        "level": "Level",
        "measured": "Measured",
        "stage_1": "Siaga 1 – danger",
        "stage_2": "Siaga 2 – be ready",
        "stage_3": "Siaga 3 – be alert",
        "stage_4": "Siaga 4 – normal",
        "unknown": "Unknown",
        "was": "last known {cm} cm at {time}",
        "floods": "Flooded areas",
        "no_floods": "No area was recorded as flooded at that time.",
        "caution": "Water, depth not yet known",
        "minor": "Flood of 10–70 cm",
        "moderate": "Flood of 71–150 cm",
        "severe": "Flood over 150 cm",
        "none": "Not flooded",
        "unverified": "not confirmed",
        "possible": "possible, not confirmed",
        "incidents": "Severest open incidents",
        "no_incidents": "No incident was open at that time.",
        "incident_count": "Count: {n}. The severest:",
        "began": "since {time}",
        "other": "Bahasa Indonesia",
        "whole": "Whole page",
    },
}
MONTHS: Final[Mapping[Language, tuple[str, ...]]] = {
    "id": (
        "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
        "Desember",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ),
}  # fmt: skip
