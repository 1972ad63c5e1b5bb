// Puts the page together.
import { get, picture, post } from "./api.js";
import { Model, staffOf } from "./model.js";
import { Panel } from "./panel.js";
import { nameOf, Stage } from "./stage.js";
import { chooseLanguage, number, otherLanguage, word } from "./words.js";

const LIVE_MILLISECONDS = 4000;
const $ = (id) => document.getElementById(id);

const model = new Model();
const stage = new Stage($("stage"), model);
let facts, panel, camera;
let isRenewing = false;
let wanted = 0;
let status = ["", ""];
let staffTimer;

function say(words, kind = "") {
  status = [words, kind];
  $("status").textContent = words;
  $("status").className = kind;
}

const why = (error) => (error.code === "lost" ? word("lost") : error.code === "changed" ? word("changed") : `${word("failed")}: ${error.message}`);

function words() {
  document.title = `${word("title")} · ${facts.node}`;
  $("title").textContent = `${word("title")} · ${facts.node}`;
  for (const each of document.querySelectorAll("[data-word]")) each.textContent = word(each.dataset.word);
  for (const id of ["renew", "look", "save"]) $(id).textContent = word(id);
  for (const [id, sign] of [["undo", "↶"], ["redo", "↷"]]) {
    $(id).textContent = sign;
    $(id).title = word(id);
    $(id).setAttribute("aria-label", word(id));
  }
  $("language").textContent = word("other");
  $("language").lang = document.documentElement.lang === "id" ? "en" : "id";
  $("still").alt = word("still");
  $("stage").setAttribute("aria-label", word("stage"));
  $("notice").hidden = !facts.cloud_version;
  $("notice").textContent = word("cloud").replace("%", facts.cloud_version);
}

function show() {
  const shape = model.shapes[model.drawing];
  $("hint").textContent = word(shape ? (shape.type === "staff" ? "drawing_staff" : "drawing") : model.marking !== null ? "marking" : model.chosen ? "chosen" : "idle");
  $("undo").disabled = !model.done.length;
  $("redo").disabled = !model.undone.length;
  $("save").disabled = !model.isChanged || model.drawing !== null;
  if (model.isChanged && status[1] !== "bad") say(word("unsaved"));
  else if (!model.isChanged && status[0] === word("unsaved")) say("");
  panel.draw();
  stage.draw();
  clearTimeout(staffTimer);
  staffTimer = setTimeout(askStaffs, 250);
}

async function askStaffs() {
  for (const [index, shape] of model.shapes.entries()) {
    if (shape.type !== "staff" || shape.points.length < 4 || shape.values.levels.some((level) => typeof level !== "number")) {
      stage.ticks.delete(index);
      panel.staff.delete(index);
      continue;
    }
    try {
      const found = await post("/api/staff", staffOf(shape));
      stage.ticks.set(index, found);
      panel.staff.set(index, found);
    } catch { /* the next change asks again */ }
  }
  panel.drawForm();
  stage.draw();
}

async function renew({ last = false } = {}) {
  const turn = ++wanted;
  isRenewing = true;
  if (!stage.image.naturalWidth) $("waiting").textContent = word("waiting");
  try {
    await picture(stage.image, camera, last);
    if (turn === wanted) $("waiting").textContent = "";
    if (!last) forget();
  } catch (error) {
    if (turn === wanted) $("waiting").textContent = why(error);
  } finally {
    isRenewing = false;
  }
}

function forget() {
  stage.seen = null;
  $("seen").hidden = true;
  stage.draw();
}

async function look() {
  $("look").disabled = true;
  $("live").checked = false;
  $("seen").hidden = false;
  $("seen").textContent = word("looking");
  const zones = model.shapes.filter((each) => ["no_stopping", "watch", "road"].includes(each.type) && each.points.length >= 3);
  try {
    const asked = zones.map(({ type, points, values }) => ({
      kind: type, polygon: points, labels: values.labels || [], marks: (type === "road" && values.marks || []).map((mark) => mark.at),
    }));
    const staffs = model.shapes.filter((each) => each.type === "staff" && each.points.length >= 4);
    const seen = await post("/api/look", { camera, zones: asked, staffs: staffs.map(staffOf) });
    await renew({ last: true });
    stage.seen = seen;
    $("seen").replaceChildren(...report(seen, zones, staffs));
    stage.draw();
  } catch (error) {
    $("seen").textContent = why(error);
  } finally {
    $("look").disabled = false;
  }
}

function report(seen, zones, staffs) {
  const line = document.createElement("strong");
  const water = seen.infrared ? word("infrared") : `${word("water")} ${number(seen.water_share * 100)} %`;
  line.textContent = `${word("sees")} (${word("whole")}): ${counted(seen.things)}; ${water}`;
  const list = document.createElement("ul");
  for (const [index, zone] of zones.entries()) {
    const { inside, water_share: share, marks } = seen.zones[index];
    const item = document.createElement("li");
    const things = zone.type === "road" ? "" : `${word("in_zone")}: ${counted(inside.map((each) => seen.things[each]))}`;
    const wet = share === null || zone.type !== "road" ? "" : `${word("water")} ${number(share * 100)} %`;
    const depths = zone.type === "road" ? marks.map((covered, count) => depth(zone.values.marks?.[count] ?? {}, covered)) : [];
    item.textContent = `${nameOf(zone)} – ${[things || wet || "–", ...depths].join("; ")}`;
    list.append(item);
  }
  for (const [index, staff] of staffs.entries()) {
    const item = document.createElement("li");
    item.textContent = `${nameOf(staff)} – ${level(seen.staffs[index])}`;
    list.append(item);
  }
  return [line, list];
}

function depth({ depth_cm: cm, name }, covered) {
  const what = [typeof cm === "number" ? `${number(cm)} cm` : "? cm", name].filter(Boolean).join(" ");
  return `${what} ${word(covered === null ? "mark_hidden" : covered ? "mark_covered" : "mark_dry")}`;
}

function level({ level_cm: cm, uncertainty_cm: within, flags, complaint }) {
  if (complaint) return complaint;
  if (cm === null) return `${word("no_level")} (${flags.map(word).join(", ")})`;
  return `${number(cm)} cm ± ${number(within)} cm${flags.length ? ` (${flags.map(word).join(", ")})` : ""}`;
}

function counted(things) {
  const counts = new Map();
  for (const { label } of things) counts.set(label, (counts.get(label) || 0) + 1);
  return [...counts].map(([label, count]) => `${count} × ${word(label)}`).join(", ") || word("nothing");
}

async function save() {
  $("save").disabled = true;
  say(word("saving"));
  const drawing = model.drawingForFile();
  try {
    const written = await post("/api/save", { camera, version: model.version, drawing });
    panel.clear();
    model.load(written);
    say(`${word("saved")} ${written.backup}. ${word("restart")}`, "good");
    renew();
  } catch (error) {
    if (error.complaints?.length) {
      say(word("refused"), "bad");
      panel.complain(error.complaints, drawing, camera);
    } else say(why(error), "bad");
    show();
  }
}

async function open(name) {
  camera = name;
  $("camera").value = name;
  stage.image.removeAttribute("src");
  forget();
  panel.clear();
  say("");
  try {
    model.load(await get(`/api/drawing?camera=${encodeURIComponent(name)}`));
  } catch (error) { say(why(error), "bad"); }
  renew();
}

async function begin() {
  chooseLanguage(new URLSearchParams(location.search).get("lang"));
  try {
    facts = await get("/api/facts");
  } catch (error) {
    $("waiting").textContent = why(error);
    return;
  }
  panel = new Panel(model, facts);
  $("camera").append(...facts.cameras.map((name) => new Option(name, name)));
  model.listeners.push(show);
  words();
  $("camera").addEventListener("change", () => {
    const next = $("camera").value;
    if (model.isChanged && !window.confirm(word("unsaved"))) $("camera").value = camera;
    else open(next);
  });
  $("language").addEventListener("click", () => { otherLanguage(); words(); say(""); show(); });
  $("renew").addEventListener("click", () => renew());
  $("look").addEventListener("click", look);
  $("undo").addEventListener("click", () => model.undo());
  $("redo").addEventListener("click", () => model.redo());
  $("save").addEventListener("click", save);
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || event.target.matches("input")) return;
    event.preventDefault();
    if (event.shiftKey) model.redo(); else model.undo();
  });
  window.addEventListener("beforeunload", (event) => { if (model.isChanged) event.preventDefault(); });
  setInterval(() => { if ($("live").checked && !document.hidden && !isRenewing) renew(); }, LIVE_MILLISECONDS);
  await open(facts.camera);
}

begin();
