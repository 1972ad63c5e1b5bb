// Words of the pages under /control.

import { words } from "../words/language";

export const say = words({
  title: ["Ruang kendali", "Control room"],
});
