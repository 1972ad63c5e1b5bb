// Words of the pages under /heads.

import { words } from "../words/language";

export const say = words({
  title: ["Wilayah saya", "My area"],
});
