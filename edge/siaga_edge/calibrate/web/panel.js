// The list of what is drawn and the form of what is chosen; complaints stand at the field that they are about.
import { FIELDS, KINDS } from "./model.js";
import { nameOf } from "./stage.js";
import { number, word } from "./words.js";

const NUMBERS = new Set(["allowed_seconds", "min_area_share", "flooded_share", "clear_share"]);

export class Panel {
  constructor(model, { labels }) {
    this.model = model;
    this.labels = labels;
    this.adds = document.querySelector("#adds");
    this.list = document.querySelector("#list");
    this.form = document.querySelector("#form");
    this.summary = document.querySelector("#complaints");
    this.complaints = [];
    this.shown = "";
    this.staff = new Map();
    this.form.addEventListener("submit", (event) => event.preventDefault());
  }

  draw() {
    this.drawAdds();
    this.drawList();
    this.drawForm();
  }

  drawAdds() {
    const isDrawing = this.model.drawing !== null;
    const buttons = isDrawing
      ? [button(word("done"), () => this.model.stopDrawing(), "main"), button(word("cancel"), () => this.model.giveUp())]
      : KINDS.map((kind) => {
        const add = button(`+ ${word(kind)}`, () => { this.model.begin(kind); document.querySelector("#stage").focus({ preventScroll: true }); });
        add.dataset.add = kind;
        add.style.borderLeftColor = `var(--${kind})`;
        add.setAttribute("aria-label", `${word("add")}: ${word(kind)}`);
        return add;
      });
    this.adds.replaceChildren(...buttons);
  }

  drawList() {
    const items = this.model.shapes.map((shape, index) => {
      const item = document.createElement("li");
      const row = button("", () => this.model.choose(this.model.chosen?.shape === index ? null : index));
      row.setAttribute("aria-pressed", String(this.model.chosen?.shape === index));
      row.dataset.row = index;
      const dot = text("span", "", "dot");
      dot.style.background = `var(--${shape.type})`;
      row.append(dot, text("span", nameOf(shape)));
      row.append(text("span", `${shape.values.id || shape.values.gauge ? `${word(shape.type)} · ` : ""}${shape.points.length} ${word("points")}`, "more"));
      if (this.wrongAt(index).length) row.setAttribute("aria-invalid", "true");
      item.append(row);
      return item;
    });
    const focus = document.activeElement?.dataset?.row;
    this.list.replaceChildren(...items);
    if (focus !== undefined) this.list.querySelector(`[data-row="${focus}"]`)?.focus();
  }

  drawForm() {
    const index = this.model.chosen?.shape;
    const shape = this.model.shape;
    // Not anew at each key: the field that is typed into must stay.
    const structure = shape ? JSON.stringify([index, shape.type, shape.was, shape.points.length, shape.values.active?.length, shape.values.marks?.length,
      document.documentElement.lang, this.wrongAt(index)]) : "";
    const isTyping = this.form.contains(document.activeElement) && structure === this.shown;
    if (isTyping) { this.note(index, shape); return; }
    this.shown = structure;
    const held = this.form.contains(document.activeElement) ? document.activeElement.name : "";
    this.form.replaceChildren(...(shape ? this.fields(shape, index) : []));
    if (held) this.form.elements[held]?.focus?.();
    this.note(index, shape);
  }

  fields(shape, index) {
    const title = text("h2", word(shape.type));
    const rest = shape.type === "staff" ? this.staffFields(shape, index)
      : (FIELDS[shape.type] || []).map((key) => this.field(shape, index, key));
    if (shape.type === "mask") rest.push(text("p", word("mask_note")));
    const spare = this.complaintAt(index, ["polygon", "", "mask", "line", "staff"]);
    return [title, ...spare, ...rest, button(word("delete_shape"), () => this.model.remove(index))];
  }

  field(shape, index, key) {
    if (key === "labels") return this.labelsField(shape, index);
    if (key === "active") return this.hoursField(shape, index);
    if (key === "marks") return this.depthsField(shape, index);
    const set = (value) => this.model.set(index, key, value);
    const input = key === "kind" ? document.createElement("select") : document.createElement("input");
    if (key === "kind") {
      input.append(...["no_stopping", "watch", "road"].map((kind) => new Option(word(kind), kind, false, kind === shape.type)));
      input.addEventListener("change", () => set(input.value));
    } else {
      input.value = shape.values[key] ?? "";
      if (NUMBERS.has(key)) input.inputMode = "decimal";
      input.autocomplete = "off";
      input.spellcheck = false;
      input.addEventListener("input", () => set(NUMBERS.has(key) ? numberOf(input.value) : input.value));
    }
    return this.labelled(index, key, input, key === "allowed_seconds" ? word("allowed_seconds_more") : "");
  }

  labelled(index, key, input, more = "", label = word(key)) {
    const field = text("label", "", "field");
    input.name = key;
    field.append(text("span", label), input);
    if (more) field.append(text("small", more));
    return this.marked(field, input, index, [key]);
  }

  marked(field, input, index, keys) {
    const wrong = this.complaintAt(index, keys);
    if (wrong.length) {
      input.setAttribute("aria-invalid", "true");
      wrong.forEach((each, count) => { each.id = `wrong-${keys[0]}-${count}`; });
      input.setAttribute("aria-describedby", wrong.map((each) => each.id).join(" "));
    }
    field.append(...wrong);
    return field;
  }

  labelsField(shape, index) {
    const field = fieldset(word("labels"));
    const chips = text("div", "", "chips");
    for (const label of this.labels) {
      const chip = text("label", "");
      const box = Object.assign(document.createElement("input"), { type: "checkbox", name: `label-${label}` });
      box.checked = (shape.values.labels || []).includes(label);
      box.addEventListener("change", () => {
        const chosen = this.labels.filter((each) => this.form.elements[`label-${each}`].checked);
        this.model.set(index, "labels", chosen.length ? chosen : undefined);
      });
      chip.append(box, document.createTextNode(word(label)));
      chips.append(chip);
    }
    field.append(chips, text("small", word("labels_more")));
    return this.marked(field, chips, index, ["labels"]);
  }

  hoursField(shape, index) {
    const field = fieldset(word("active"));
    const spans = shape.values.active || [];
    const set = (changed) => this.model.set(index, "active", changed.length ? changed : undefined);
    spans.forEach((span, count) => {
      const row = text("div", "", "row");
      for (const key of ["from", "to"]) {
        const input = Object.assign(document.createElement("input"), { value: short(span[key]), name: `${key}-${count}`, placeholder: "HH:MM" });
        input.setAttribute("aria-label", `${word(key)} ${count + 1}`);
        input.addEventListener("input", () => set(this.model.shapes[index].values.active.map((each, at) => (at === count ? { ...each, [key]: input.value } : each))));
        row.append(input);
      }
      row.append(button(word("remove"), () => set(spans.filter((_, at) => at !== count))));
      field.append(row);
    });
    field.append(button(word("add_hours"), () => set([...(this.model.shapes[index].values.active || []), { from: "06:00", to: "22:00" }])));
    field.append(text("small", word("active_more")));
    return this.marked(field, field, index, ["active"]);
  }

  depthsField(shape, index) {
    const field = fieldset(word("marks"));
    (shape.values.marks || []).forEach((mark, count) => {
      const row = text("div", "", "row");
      for (const key of ["depth_cm", "name"]) {
        const input = Object.assign(document.createElement("input"), { value: mark[key] ?? "", name: `${key}-${count}`, placeholder: word(`mark_${key}`), autocomplete: "off" });
        if (key === "depth_cm") input.inputMode = "decimal";
        input.setAttribute("aria-label", `${word(`mark_${key}`)} ${count + 1}`);
        input.addEventListener("input", () => this.model.setMark(index, count, key, key === "name" ? input.value || undefined : numberOf(input.value)));
        input.addEventListener("focus", () => this.model.choose(index, shape.points.length + count));
        row.append(input);
      }
      row.append(button(word("remove"), () => this.model.removeMark(index, count)));
      field.append(row);
    });
    const add = button(`+ ${word("mark")}`, () => { this.model.mark(index); document.querySelector("#stage").focus({ preventScroll: true }); });
    add.dataset.mark = index;
    field.append(add, text("small", word("marks_more")));
    return this.marked(field, field, index, ["marks"]);
  }

  staffFields(shape, index) {
    const name = Object.assign(document.createElement("input"), { value: shape.values.gauge ?? "", autocomplete: "off" });
    name.readOnly = shape.was !== undefined && shape.was !== null;
    name.addEventListener("input", () => this.model.set(index, "gauge", name.value));
    const parts = [this.labelled(index, "gauge", name)];
    const plain = (key) => {
      const input = Object.assign(document.createElement("input"), { value: shape.values[key] ?? "", inputMode: "decimal" });
      input.addEventListener("input", () => this.model.set(index, key, numberOf(input.value)));
      return this.labelled(index, key, input);
    };
    parts.push(plain("width"));
    if (!name.readOnly) parts.push(...["s3_cm", "s2_cm", "s1_cm"].map(plain));
    const levels = fieldset(word("levels"));
    shape.values.levels.forEach((level, count) => {
      const row = text("div", "", "row");
      const input = Object.assign(document.createElement("input"), { value: level ?? "", inputMode: "decimal", name: `level-${count}` });
      input.setAttribute("aria-label", `${word("level")} ${count + 1}`);
      input.placeholder = word("level");
      input.addEventListener("input", () => this.model.set(index, "levels",
        this.model.shapes[index].values.levels.map((each, at) => (at === count ? numberOf(input.value) ?? "" : each))));
      input.addEventListener("focus", () => this.model.choose(index, count + 2));
      row.append(text("span", String(count + 1)), input, button(word("remove"), () => this.model.removePoint(index, count + 2)));
      levels.append(row);
    });
    const more = button(`+ ${word("mark")}`, () => { this.model.goOn(index); document.querySelector("#stage").focus({ preventScroll: true }); });
    levels.append(more, text("small", ""));
    levels.lastChild.id = "staff-fit";
    return [...parts, this.marked(levels, levels, index, ["points", "level_cm", "at"])];
  }

  note(index, shape) {
    const note = document.querySelector("#staff-fit");
    const found = this.staff.get(index);
    if (!note || shape?.type !== "staff" || !found) return;
    note.textContent = found.complaint ?? `${word("staff_fits")} ${number(found.residual_cm, 1)} cm, ${word("staff_span")} ${number(found.span_cm[0], 0)}–${number(found.span_cm[1], 0)} cm`;
    note.className = found.complaint ? "complaint" : "";
  }

  // --- complaints ---

  complain(complaints, sent, camera) {
    this.complaints = complaints.map((each) => ({ ...each, ...whereIs(each.path, sent, camera, this.model.shapes) }));
    this.shown = "";
    const items = this.complaints.map((each) => {
      const item = text("li", `${each.path}: ${each.text}`);
      if (each.shape !== undefined) item.append(" ", button("→", () => this.model.choose(each.shape), "quiet"));
      return item;
    });
    const list = document.createElement("ul");
    list.append(...items);
    this.summary.replaceChildren(text("strong", word("refused")), list);
    this.summary.hidden = !items.length;
    const first = this.complaints.find((each) => each.shape !== undefined);
    if (first) this.model.choose(first.shape);
    this.draw();
    if (items.length) (this.form.querySelector("[aria-invalid]") || this.summary).focus?.();
  }

  clear() {
    this.complaints = [];
    this.summary.hidden = true;
    this.shown = "";
  }

  wrongAt(index) { return this.complaints.filter((each) => each.shape === index).map((each) => each.path + each.text); }

  complaintAt(index, keys) {
    return this.complaints.filter((each) => each.shape === index && keys.includes(each.key)).map((each) => text("p", each.text, "complaint"));
  }
}

// `camera[cam-1].zone[kerb].allowed_seconds` names things by id, or by number where they have none or share one.
export function whereIs(path, sent, camera, shapes) {
  const groups = { zone: shapes.filter((each) => FIELDS[each.type]), mask: shapes.filter((each) => each.type === "mask"), gauge: shapes.filter((each) => each.type === "staff") };
  const found = path.match(/^camera\[[^\]]*\]\.(zone|mask)(?:\[([^\]]*)\])?(.*)$/) || path.match(/^(gauge)\[([^\]]*)\](.*)$/);
  if (!found) return {};
  const [, kind, name, rest] = found;
  const group = groups[kind];
  const shape = group.findLast((each) => (each.values.id ?? each.values.gauge) === name) ?? group[Number(name)];
  if (!shape) return {};
  const keys = rest.replace(/\[[^\]]*\]/g, "").split(".").filter(Boolean);
  const own = kind === "gauge" ? keys.findLast((key) => ["points", "width", "line", "s3_cm", "s2_cm", "s1_cm"].includes(key)) ?? (keys[0] === "id" ? "gauge" : keys[0] === "limits" ? "s3_cm" : "staff") : keys[0] ?? "";
  const isOwn = kind === "mask" || ["id", "kind", "allowed_seconds", "labels", "active", "min_area_share", "flooded_share", "clear_share", "marks"].includes(own) || kind === "gauge";
  return { shape: shapes.indexOf(shape), key: isOwn ? own : "polygon" };
}

function numberOf(value) {
  const trimmed = value.trim();
  if (!trimmed) return undefined;
  const read = Number(trimmed.replace(",", "."));
  return Number.isFinite(read) ? read : trimmed; // the box says what it expected instead
}

const short = (time) => (/^\d\d:\d\d:00$/.test(time || "") ? time.slice(0, 5) : time || "");

function fieldset(title) {
  const made = text("fieldset", "", "field");
  made.append(text("legend", title));
  return made;
}

function text(name, words, kind = "") {
  const made = document.createElement(name);
  made.textContent = words;
  if (kind) made.className = kind;
  return made;
}

function button(words, act, kind = "") {
  const made = text("button", words, kind);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}
