// Words of the pages under /officer.

import { words } from "../words/language";

export const say = words({
  title: ["Tugas saya", "My tasks"],
});
