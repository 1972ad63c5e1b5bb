"""Writes the checklist as sentences, in Indonesian and English, and names the page and command that mend each topic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from siaga_cloud.operations.new_city.checklist import Gap, State, Topic, TopicId
from siaga_cloud.platform.language import Language
from siaga_core.hazards import Names, all_categories

_SHOWN_NAMES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """Names where a topic is completed: a page of the administrators, and a command for automation."""

    page: str | None
    command: str | None


TITLES: Final[dict[TopicId, Names]] = {
    "borders": Names(indonesian="Batas wilayah", english="Borders"),
    "policy": Names(indonesian="Kebijakan dan zona waktu", english="Policy and time zone"),
    "agencies": Names(indonesian="Dinas", english="Agencies"),
    "people": Names(indonesian="Pengguna", english="People"),
    "gauges": Names(indonesian="Pos pantau", english="Gauges"),
    "cameras": Names(indonesian="Kamera", english="Cameras"),
    "nodes": Names(indonesian="Perangkat", english="Nodes"),
    "places": Names(indonesian="Nama tempat dan kata", english="Place names and words"),
    "messages": Names(indonesian="Surel", english="Mail"),
}
STATES: Final[dict[State, Names]] = {
    "complete": Names(indonesian="lengkap", english="complete"),
    "missing": Names(indonesian="belum lengkap", english="incomplete"),
    "unchecked": Names(indonesian="belum diperiksa", english="not checked"),
}
REMEDIES: Final[dict[TopicId, Remedy]] = {
    "borders": Remedy(page=None, command="siaga-cloud admin import areas FILE.geojson"),
    "policy": Remedy(page="/admin/policy", command="siaga-cloud admin import policy policy.toml"),
    "agencies": Remedy(page="/admin/agencies", command="siaga-cloud admin import agencies agencies.toml"),
    "people": Remedy(page="/admin/users", command="siaga-cloud admin import users users.toml"),
    "gauges": Remedy(page="/admin/sites?part=gauges", command="siaga-cloud admin import gauges gauges.toml"),
    "cameras": Remedy(page="/admin/sites", command="siaga-cloud admin import sites sites.toml"),
    "nodes": Remedy(page="/admin/nodes", command="siaga-cloud admin enrol NODE --qr"),
    "places": Remedy(page=None, command="siaga-cloud admin import gazetteer gazetteer.csv"),
    "messages": Remedy(page=None, command=None),
}
_SENTENCES: Final[dict[str, Names]] = {
    "borders_missing": Names(indonesian="Batas wilayah belum ada.", english="There are no borders of areas."),
    "area_without_border": Names(
        indonesian="Wilayah tanpa batas ({n}): {names}.", english="Areas without a border ({n}): {names}."
    ),
    "area_schematic": Names(
        indonesian="Batas yang digambar tangan, bukan hasil pengukuran ({n}): {names}.",
        english="Borders that are drawn by hand, not surveyed ({n}): {names}.",
    ),
    "policy_missing": Names(
        indonesian="Kebijakan dengan zona waktu belum ada: waktu ditulis dalam UTC dan aturan bawaan berlaku.",
        english="There is no policy with a time zone: times are written in UTC and built-in rules apply.",
    ),
    "agencies_missing": Names(
        indonesian="Dinas belum ada, sehingga tugas tidak punya tujuan.",
        english="There are no agencies, so tasks have nowhere to go.",
    ),
    "category_unrouted": Names(
        indonesian="Belum ada dinas yang bertanggung jawab atas ({n}): {names}.",
        english="No agency is responsible for ({n}): {names}.",
    ),
    "agency_without_people": Names(
        indonesian="Dinas tanpa pengguna ({n}): {names}.", english="Agencies without people ({n}): {names}."
    ),
    "admin_missing": Names(indonesian="Belum ada pengguna dengan peran admin.", english="Nobody has the role admin."),
    "gauges_missing": Names(indonesian="Pos pantau belum ada.", english="There are no gauges."),
    "gauge_without_limits": Names(
        indonesian="Pos pantau tanpa batas Siaga, yang karena itu tidak dapat memperingatkan ({n}): {names}.",
        english="Gauges without Siaga limits, which can therefore not warn ({n}): {names}.",
    ),
    "gauge_without_node": Names(
        indonesian="Pos pantau tanpa perangkat; yang pertama melaporkannya menjadi pemiliknya ({n}): {names}.",
        english="Gauges without a node; the first node that reports one owns it ({n}): {names}.",
    ),
    "gauge_outside": Names(
        indonesian="Pos pantau di luar semua wilayah ({n}): {names}.",
        english="Gauges outside all areas ({n}): {names}.",
    ),
    "gauge_silent": Names(
        indonesian="Pos pantau yang belum pernah melapor ({n}): {names}.",
        english="Gauges that have never reported ({n}): {names}.",
    ),
    "gauge_unchecked": Names(
        indonesian="Tidak diperiksa apakah pos pantau ini melapor; jalankan siaga-edge doctor node.toml di perangkat"
        " ({n}): {names}.",
        english="Whether these gauges report was not checked; run siaga-edge doctor node.toml on the node"
        " ({n}): {names}.",
    ),
    "cameras_missing": Names(indonesian="Kamera belum ada.", english="There are no cameras."),
    "camera_without_permission": Names(
        indonesian="Kamera tanpa catatan izin pemakaian ({n}): {names}.",
        english="Cameras whose permission of use is not recorded ({n}): {names}.",
    ),
    "camera_without_zones": Names(
        indonesian="Kamera tanpa zona, yang karena itu tidak mendeteksi apa pun ({n}): {names}.",
        english="Cameras without zones, which therefore detect nothing ({n}): {names}.",
    ),
    "camera_without_node": Names(
        indonesian="Kamera tanpa perangkat; yang pertama melaporkannya menjadi pemiliknya ({n}): {names}.",
        english="Cameras without a node; the first node that reports one owns it ({n}): {names}.",
    ),
    "camera_outside": Names(
        indonesian="Kamera di luar semua wilayah ({n}): {names}.",
        english="Cameras outside all areas ({n}): {names}.",
    ),
    "camera_silent": Names(
        indonesian="Kamera yang belum pernah memberi gambar ({n}): {names}.",
        english="Cameras that have never given a frame ({n}): {names}.",
    ),
    "camera_unchecked": Names(
        indonesian="Tidak diperiksa apakah kamera ini memberi gambar; jalankan siaga-edge doctor node.toml di perangkat"
        " ({n}): {names}.",
        english="Whether these cameras give frames was not checked; run siaga-edge doctor node.toml on the node"
        " ({n}): {names}.",
    ),
    "nodes_missing": Names(
        indonesian="Tidak ada pos pantau atau kamera yang menyebut perangkat.",
        english="No gauge or camera names a node.",
    ),
    "node_not_enrolled": Names(
        indonesian="Perangkat yang belum terdaftar ({n}): {names}.",
        english="Nodes that have not enrolled ({n}): {names}.",
    ),
    "node_unchecked": Names(
        indonesian="Berkas tidak menunjukkan apakah perangkat ini sudah terdaftar ({n}): {names}.",
        english="Files do not show whether these nodes have enrolled ({n}): {names}.",
    ),
    "places_missing": Names(
        indonesian="Daftar nama tempat belum ada: pesan hanya dicocokkan dengan nama wilayah.",
        english="There is no list of place names: messages are matched with the names of areas only.",
    ),
    "words_missing": Names(
        indonesian="Daftar kata belum ada untuk bahasa ({n}): {names}.",
        english="There is no word list for the languages ({n}): {names}.",
    ),
    "mail_missing": Names(
        indonesian="API tidak mempunyai server surel (SIAGA_SMTP_HOST): tidak ada yang bisa berlangganan lewat surel.",
        english="The API has no mail server (SIAGA_SMTP_HOST): nobody can subscribe by mail.",
    ),
    "mail_unchecked": Names(
        indonesian="Tidak diperiksa apakah API dan worker mempunyai server surel (SIAGA_SMTP_HOST).",
        english="Whether the API and the worker have a mail server (SIAGA_SMTP_HOST) was not checked.",
    ),
}


def sentence_of(gap: Gap, language: Language) -> str:
    """Return a gap as a sentence, with its first names."""
    names = _named(gap, language)
    more = gap.count - _SHOWN_NAMES
    shown = ", ".join(names[:_SHOWN_NAMES]) + (f", +{more}" if more > 0 else "")
    return _SENTENCES[gap.code].in_language(language).format(n=gap.count, names=shown)


def as_text(topics: Sequence[Topic], language: Language) -> str:
    """Return the checklist for a terminal: a line for each topic, its gaps and the command that mends them."""
    lines: list[str] = []
    for topic in topics:
        state = STATES[topic.state].in_language(language)
        lines.append(f"[{'x' if topic.state == 'complete' else ' '}] {TITLES[topic.id].in_language(language)}: {state}")
        lines += [f"    - {sentence_of(gap, language)}" for gap in topic.gaps]
        command = REMEDIES[topic.id].command
        lines += [f"      {command}"] if command and topic.state == "missing" else []
    return "\n".join(lines)


def as_table(topic: Topic, language: Language) -> dict[str, object]:
    """Return a topic as JSON holds it."""
    remedy = REMEDIES[topic.id]
    return {
        "id": topic.id,
        "title": TITLES[topic.id].in_language(language),
        "state": topic.state,
        "count": topic.count,
        "page": remedy.page,
        "command": remedy.command,
        "gaps": [
            {
                "code": gap.code,
                "sentence": sentence_of(gap, language),
                "names": list(gap.names),
                "count": gap.count,
                "is_unchecked": gap.is_unchecked,
            }
            for gap in topic.gaps
        ],
    }


def _named(gap: Gap, language: Language) -> Sequence[str]:
    if gap.code != "category_unrouted":
        return gap.names
    names = {one.id: one.name.in_language(language) for one in all_categories()}
    return [names[one] for one in gap.names]
