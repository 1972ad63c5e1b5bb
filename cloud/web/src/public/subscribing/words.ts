// Words about subscribing by SMS and by one tap.

import { words } from "../../words/language";

export const translate = words({
  bySms: ["SMS", "SMS"],
  phone: ["Nomor ponsel", "Mobile number"],
  phoneHint: ["Dengan kode negara, misalnya +62812...", "With the country code, such as +62812..."],
  code: ["Kode dari SMS", "Code from the SMS"],
  confirm: ["Aktifkan", "Confirm"],
  confirmed: ["Peringatan lewat SMS sudah aktif.", "Alerts by SMS are on."],
  notify: ["Kabari saya", "Notify me"],
  isOn: ["Peringatan untuk {area} aktif di perangkat ini.", "Alerts for {area} are on for this device."],
  manage: ["Atur peringatan saya", "Manage my alerts"],
});
