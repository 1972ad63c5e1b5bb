// A citizen's report: what, a few words, a photo, where; sent once even if the button is pressed twice.

import { get } from "./api.js";
import { openDetail } from "./detail.js";
import { el } from "./dom.js";
import { currentLanguage, number, say } from "./words.js";

// crypto.randomUUID is missing on pages without https, getRandomValues is not.
function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

const field = (key, control) => el("label", { class: "field" }, el("span", {}, say(key)), control);

export function openReport(map) {
  openDetail(say("report"), async () => {
    const categories = await get(`categories?lang=${currentLanguage()}`);
    return [form(categories, map)];
  });
}

function form(categories, map) {
  const place = { lat: null, lon: null };
  const where = el("output", { class: "small" }, say("placeHint"));
  const status = el("p", { role: "status" });
  const category = el("select", { name: "category", required: "" }, categories.map((one) => el("option", { value: one.id }, one.name)));
  const text = el("textarea", { name: "text", rows: 3, maxlength: 4000 });
  const photo = el("input", { name: "photo", type: "file", accept: "image/jpeg,image/png,image/webp" });
  const send = el("button", { class: "primary", type: "submit" }, say("send"));
  const found = (lat, lon) => { Object.assign(place, { lat, lon }); where.textContent = `${number(lat, 5)}, ${number(lon, 5)}`; };
  const here = () => navigator.geolocation.getCurrentPosition(
    ({ coords }) => found(coords.latitude, coords.longitude), () => { where.textContent = say("placeRefused"); },
    { enableHighAccuracy: true, timeout: 15000 });
  const sheet = el("form", { class: "sheet" },
    field("what", category), field("words", text), field("photo", photo),
    el("div", { class: "field" }, el("span", {}, say("where")),
      el("div", { class: "choices" },
        navigator.geolocation ? el("button", { type: "button", class: "link", onclick: here }, say("placeHere")) : null,
        el("button", { type: "button", class: "link", onclick: () => found(...map.middle()) }, say("placeMap"))),
      where),
    send, status);
  const key = randomKey();
  sheet.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    status.textContent = say("sending");
    const taken = await post(sheet, place, key).catch((error) => { status.textContent = error.message; send.disabled = false; });
    if (taken) sheet.replaceChildren(...thanks(taken));
  });
  return sheet;
}

async function post(sheet, place, key) {
  const body = new FormData(sheet);
  if (!body.get("photo")?.size) body.delete("photo");
  if (place.lat !== null) { body.set("lat", place.lat); body.set("lon", place.lon); }
  const answer = await fetch(`/api/v1/reports?lang=${currentLanguage()}`, { method: "POST", body, headers: { "Idempotency-Key": key } });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.detail || said.title);
  return said;
}

const thanks = (taken) => [
  el("p", {}, el("b", {}, taken.message)),
  el("p", {}, say("followHint")),
  el("a", { class: "link", href: taken.follow }, say("followLink")),
];
