// What is refused of incidents and tasks.

import type { Pair } from "../language";

export const INCIDENT_REFUSALS: Readonly<Record<string, Pair>> = {
  illegal_move: [
    "Tugas ini sudah berubah; langkah itu tidak bisa lagi.",
    "The task has changed; that step is not possible.",
  ],
  incident_over: ["Sudah berakhir.", "It is over."],
  changed_since: ["Keadaannya sudah berubah sejak itu.", "It has changed since then."],
  task_follows_itself: ["Tugas tidak dapat mengikuti dirinya sendiri.", "A task cannot follow itself."],
  task_follows_none: ["Tugas ini tidak mengikuti yang lain.", "The task does not follow another."],
  inbox_item_decided: ["Pesan ini sudah diputuskan.", "This message was decided already."],
  incident_merged: ["Kejadian ini sudah digabung.", "The incident was merged."],
  incident_not_open: ["Kejadian ini tidak terbuka lagi.", "The incident is not in a state for this."],
  verdicts_differ: ["Keduanya dinilai berbeda; samakan dulu.", "They were judged differently; judge them alike first."],
  later_change_exists: [
    "Ada perubahan sesudahnya; urungkan yang itu dulu.",
    "A later change is in force; undo that first.",
  ],
  merge_into_itself: ["Tidak dapat digabung dengan dirinya sendiri.", "It cannot be merged into itself."],
  incident_kinds_differ: ["Jenis kejadiannya berbeda.", "The incidents are of different kinds."],
  no_officer_nearby: [
    "Tidak ada petugas yang siaga, bebas, dan membagikan posisinya.",
    "Nobody is on duty, free, and has said where they are.",
  ],
  not_a_member: ["Itu bukan bagian kejadian ini.", "That is no member of this incident."],
  state_not_set_manually: [
    "Keadaan wilayah ini tidak ditetapkan dengan tangan.",
    "Nobody has set this area's state by hand.",
  ],
  area_too_large: ["Pilih kelurahan atau RW.", "Choose a kelurahan or an RW."],
  time_not_replayable: [
    "Hanya {hours} jam terakhir yang dapat dilihat kembali.",
    "Only the last {hours} hours can be looked at again.",
  ],
  invalid_hours: ["Isi jam lebih dari 0, paling banyak {most}.", "Give hours above 0, at most {most}."],
  note_required: ["Tulis alasannya.", "Write a reason."],
  other_task_active: ["Ada tugas lain yang berjalan; lanjutkan yang itu.", "Another task is under way; move that one."],
  photo_required: ["Lampirkan foto.", "Add a photo."],
  invalid_priority: ["Prioritas 1 sampai 4.", "Priority is from 1 to 4."],
  reason_required: ["Tulis alasannya, untuk catatan.", "Write why, for the record."],
  signals_added_since: ["Sudah ada isyarat baru; gabungkan saja.", "More signals have joined; merge it instead."],
  split_everything: ["Sekurangnya satu harus tetap.", "At least one must stay."],
  split_nothing: ["Pilih sekurangnya satu.", "Choose at least one."],
  storm_unchanged: ["Mode badai sudah dalam keadaan itu.", "The storm mode is so already."],
  target_incident_closed: [
    "Kejadian tujuan tidak terbuka; buka lagi dulu.",
    "The other incident is closed; reopen it first.",
  ],
  target_incident_merged: ["Kejadian tujuan sudah digabung sendiri.", "The other incident was merged itself."],
  target_required: ["Pilih kepada siapa.", "Choose to whom."],
  target_not_agency: ["Pilih sebuah dinas.", "Choose an agency."],
  target_unknown: ["Orang, regu atau dinas itu tidak ada.", "There is no such person, team or agency."],
  task_closed: ["Tugas ini sudah selesai.", "The task is over."],
  task_active: ["Masih ada tugas yang berjalan.", "A task is under way."],
  text_required: ["Tulis beberapa kata.", "Write a few words."],
  undo_of_undo: ["Urungan tidak dapat diurungkan.", "An undo cannot be undone."],
  already_undone: ["Sudah diurungkan.", "It was undone before."],
  move_is_automatic: ["Langkah itu terjadi dengan sendirinya.", "That step happens by itself."],
  already_assigned: ["Tugas sudah ada pada mereka.", "The task is with them already."],
  reject_or_accept: [
    "Pilih: tolak dengan alasan, atau isi jenis dan tempat.",
    "Choose: put aside with a reason, or kind and place.",
  ],
};
