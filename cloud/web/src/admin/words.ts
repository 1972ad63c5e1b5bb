// Words of the pages under /admin.

import { words } from "../words/language";

export const say = words({
  title: ["Admin", "Admin"],
});
