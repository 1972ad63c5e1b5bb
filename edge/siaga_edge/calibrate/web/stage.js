// The picture with everything drawn over it: pointer, touch and keyboard.
import { spotsOf } from "./model.js";
import { word, number } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const HIT = 24; // half of a fingertip
const ZOOM = 3;
const TAP = 6;

export class Stage {
  constructor(box, model) {
    this.box = box;
    this.model = model;
    this.image = box.querySelector("img");
    this.svg = box.querySelector("svg");
    this.loupe = box.querySelector("canvas");
    this.cursor = [0.5, 0.5];
    this.hasCursor = false;
    this.drag = null;
    this.seen = null;
    this.ticks = new Map();
    new ResizeObserver(() => this.draw()).observe(box);
    box.addEventListener("pointerdown", (event) => this.down(event));
    box.addEventListener("pointermove", (event) => this.moved(event));
    box.addEventListener("pointerup", (event) => this.up(event));
    box.addEventListener("pointercancel", () => this.drop());
    box.addEventListener("keydown", (event) => this.key(event));
    this.svg.addEventListener("focusin", (event) => this.focused(event));
    this.image.addEventListener("load", () => this.fit());
  }

  fit() {
    const { naturalWidth: width, naturalHeight: height } = this.image;
    if (width) this.box.style.aspectRatio = `${width} / ${height}`;
    this.draw();
  }

  get size() { return [this.box.clientWidth || 1, this.box.clientHeight || 1]; }
  place([x, y]) { const [width, height] = this.size; return [x * width, y * height]; }

  spot(event) {
    const edge = this.box.getBoundingClientRect();
    return [(event.clientX - edge.left) / edge.width, (event.clientY - edge.top) / edge.height];
  }

  // --- drawing it ---

  draw() {
    const focus = document.activeElement?.dataset?.grip;
    const [width, height] = this.size;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const parts = [...this.wet(), ...this.model.shapes.flatMap((shape, index) => this.shape(shape, index)), ...this.things(), ...this.levels()];
    if (this.isPlacing && this.hasCursor) parts.push(...this.cross());
    this.svg.replaceChildren(...parts);
    if (focus) this.svg.querySelector(`[data-grip="${focus}"]`)?.focus({ preventScroll: true });
    this.box.classList.toggle("drawing", this.isPlacing);
  }

  get isPlacing() { return this.model.drawing !== null || this.model.marking !== null; }

  shape(shape, index) {
    const isChosen = this.model.chosen?.shape === index;
    const group = made("g", { class: shape.type, "data-shape": index });
    const spots = shape.points.map((spot) => this.place(spot));
    const isOpen = this.model.drawing === index || shape.type === "staff";
    const outline = shape.type === "staff" ? spots.slice(0, 2) : spots;
    const tag = isOpen ? "polyline" : "polygon";
    const points = outline.map((each) => each.join(",")).join(" ");
    if (outline.length > 1) {
      if (shape.type === "staff") group.append(made("polyline", { points, class: "beam", "stroke-width": this.beam(shape), fill: "none" }));
      group.append(made(tag, { points, class: "under" }));
      group.append(made(tag, { points, class: `shape${isChosen ? " chosen" : ""}${isOpen ? " open" : ""}`, "data-body": index }));
    }
    if (shape.type === "staff") group.append(...this.marks(shape, index));
    if (shape.type === "road") group.append(...this.depths(shape));
    if (isChosen) group.append(...this.grips(shape, index, spotsOf(shape).map((spot) => this.place(spot))));
    if (spots.length && shape.type !== "staff") group.append(this.tag(nameOf(shape), middle(spots)));
    return [group];
  }

  beam(shape) { return Math.max(2, (Number(shape.values.width) || 0) * this.size[0]); }

  marks(shape, index) {
    const found = this.ticks.get(index);
    const parts = shape.points.length ? [this.tag(nameOf(shape), this.place(shape.points[0]), 10, -12)] : [];
    let last = [-99, -99];
    for (const { level_cm: level, at } of found?.ticks || []) {
      const [x, y] = this.place(at);
      parts.push(made("line", { x1: x - 9, x2: x + 9, y1: y, y2: y, class: "tick" }));
      if (Math.hypot(x - last[0], y - last[1]) < 16) continue; // no room for its number
      parts.push(this.tag(number(level, 0), [x, y], 14, 4));
      last = [x, y];
    }
    return parts;
  }

  depths(shape) {
    return (shape.values.marks || []).flatMap(({ at, depth_cm: depth, name }) => {
      const [cx, cy] = this.place(at);
      const words = [typeof depth === "number" ? `${number(depth)} cm` : "? cm", name].filter(Boolean).join(" ");
      return [made("circle", { cx, cy, r: 9, class: "depth" }), this.tag(words, [cx, cy], 14, 5)];
    });
  }

  grips(shape, index, spots) {
    const isDrawing = this.model.drawing === index;
    const parts = spots.map(([x, y], point) => {
      const isChosen = this.model.chosen.point === point;
      const label = `${gripWord(shape, point)} ${gripNumber(shape, point)} · ${nameOf(shape)}`;
      const grip = made("g", {
        class: `grip${isChosen ? " chosen" : ""}`, tabindex: "0", role: "button", "aria-label": label,
        "aria-pressed": isChosen, "data-grip": `${index}:${point}`,
      });
      grip.append(made("circle", { cx: x, cy: y, r: HIT, class: "hit" }), made("circle", { cx: x, cy: y, r: 7.5, class: "dot" }));
      return grip;
    });
    if (isDrawing || shape.type === "staff") return parts;
    const corners = spots.slice(0, shape.points.length);
    const halves = corners.map(([x, y], point) => {
      const [nx, ny] = corners[(point + 1) % corners.length];
      const grip = made("g", { class: "grip", "data-half": `${index}:${point}` });
      if (Math.hypot(nx - x, ny - y) < 3 * HIT) return null; // too near to be hit apart from its neighbours
      const [cx, cy] = [(x + nx) / 2, (y + ny) / 2];
      grip.append(made("circle", { cx, cy, r: HIT * 0.8, class: "hit" }), made("circle", { cx, cy, r: 5, class: "half" }));
      return grip;
    });
    return [...halves.filter(Boolean), ...parts];
  }

  tag(text, [x, y], dx = 0, dy = 0) {
    const made_ = made("text", { x: Math.min(Math.max(x + dx, 4), this.size[0] - 8 * text.length), y: Math.max(y + dy, 16), class: "tag" });
    made_.textContent = text;
    return made_;
  }

  cross() {
    const [x, y] = this.place(this.cursor);
    const [width, height] = this.size;
    return [made("line", { x1: 0, x2: width, y1: y, y2: y, class: "cross" }), made("line", { x1: x, x2: x, y1: 0, y2: height, class: "cross" })];
  }

  wet() {
    return (this.seen?.water || []).map((outline) =>
      made("polygon", { points: outline.map((spot) => this.place(spot).join(",")).join(" "), class: "wet" }));
  }

  levels() {
    return (this.seen?.staffs || []).filter((each) => each.at).map(({ at }) => {
      const [x, y] = this.place(at);
      return made("line", { x1: x - 34, x2: x + 34, y1: y, y2: y, class: "waterline" });
    });
  }

  things() {
    const inside = new Set((this.seen?.zones || []).flatMap((zone) => zone.inside));
    return (this.seen?.things || []).flatMap(({ box: [x1, y1, x2, y2], label, score }, index) => {
      const [[left, top], [right, bottom]] = [this.place([x1, y1]), this.place([x2, y2])];
      const rect = made("rect", { x: left, y: top, width: right - left, height: bottom - top, class: `thing${inside.has(index) ? " in" : ""}` });
      return [rect, this.tag(`${word(label)} ${number(score, 2)}`, [left, top], 2, -4)];
    });
  }

  // --- pointer ---

  down(event) {
    if (event.button !== 0) return;
    const spot = this.spot(event);
    const grip = event.target.closest("[data-grip]")?.dataset.grip;
    const half = event.target.closest("[data-half]")?.dataset.half;
    this.box.setPointerCapture(event.pointerId);
    this.drag = { from: [event.clientX, event.clientY], isTap: true, key: `drag${event.timeStamp}` };
    if (this.model.marking !== null) this.show(event, spot);
    else if (this.model.drawing !== null) {
      const shape = this.model.shapes[this.model.drawing];
      this.drag.closes = grip === `${this.model.drawing}:0` && shape.type !== "staff" && shape.points.length >= 3;
      this.show(event, spot);
    } else if (half) {
      const [index, point] = half.split(":").map(Number);
      this.model.insert(index, point, spot);
      this.drag.grip = [index, point + 1];
    } else if (grip) {
      this.drag.grip = grip.split(":").map(Number);
      this.model.choose(...this.drag.grip);
      this.svg.querySelector(`[data-grip="${grip}"]`)?.focus({ preventScroll: true });
    } else this.drag.body = event.target.closest("[data-shape]")?.dataset.shape;
    if (this.drag.grip) this.show(event, spot);
    event.preventDefault();
    if (!this.drag.grip) this.box.focus({ preventScroll: true });
  }

  moved(event) {
    if (this.isPlacing && !this.drag) {
      this.cursor = inside(this.spot(event));
      this.hasCursor = event.pointerType === "mouse";
      this.draw();
      return;
    }
    if (!this.drag) return;
    const [x, y] = this.drag.from;
    if (Math.hypot(event.clientX - x, event.clientY - y) > TAP) this.drag.isTap = false;
    const spot = inside(this.spot(event));
    if (this.drag.grip && !this.drag.isTap) this.model.move(...this.drag.grip, spot, this.drag.key);
    if (this.drag.grip || this.isPlacing) this.show(event, spot);
    if (this.isPlacing) { this.cursor = spot; this.hasCursor = true; this.draw(); }
  }

  up(event) {
    const drag = this.drag;
    this.drop();
    if (!drag) return;
    if (this.model.marking !== null) this.model.addMark(inside(this.spot(event)));
    else if (this.model.drawing !== null) {
      // The finger may slide until the loupe shows the right spot: lifting it sets the point.
      if (drag.closes && drag.isTap) this.model.stopDrawing();
      else this.model.add(inside(this.spot(event)));
    } else if (drag.isTap && !drag.grip) this.model.choose(drag.body === undefined ? null : Number(drag.body));
  }

  drop() {
    this.drag = null;
    this.hasCursor = false;
    this.loupe.hidden = true;
    this.draw();
  }

  show(event, [x, y]) {
    if (event.pointerType === "mouse" || !this.image.naturalWidth) return;
    const { naturalWidth: width, naturalHeight: height } = this.image;
    const half = (this.loupe.width / 2) * (width / this.size[0]) / ZOOM;
    const brush = this.loupe.getContext("2d");
    const side = this.loupe.width;
    brush.fillStyle = "#000";
    brush.fillRect(0, 0, side, side);
    brush.drawImage(this.image, x * width - half, y * height - half, 2 * half, 2 * half, 0, 0, side, side);
    brush.strokeStyle = "#fff";
    brush.beginPath();
    brush.moveTo(side / 2, side / 2 - 14); brush.lineTo(side / 2, side / 2 + 14);
    brush.moveTo(side / 2 - 14, side / 2); brush.lineTo(side / 2 + 14, side / 2);
    brush.stroke();
    this.loupe.classList.toggle("right", x < 0.5);
    this.loupe.hidden = false;
  }

  // --- keyboard ---

  focused(event) {
    const grip = event.target.closest("[data-grip]")?.dataset.grip;
    if (grip && !this.drag) this.model.choose(...grip.split(":").map(Number));
  }

  key(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const { drawing, chosen } = this.model;
    const grip = event.target.closest?.("[data-grip]");
    const isPlacing = this.isPlacing && !grip;
    if (step && (isPlacing || chosen?.point != null)) this.arrow(step, event.shiftKey, isPlacing);
    else if (this.model.marking !== null && event.key === " ") this.model.addMark(this.cursor);
    else if (drawing !== null && event.key === " ") this.model.add(this.cursor);
    else if (drawing !== null && event.key === "Enter") this.model.stopDrawing();
    else if (event.key === "Escape" && this.isPlacing) this.model.giveUp();
    else if (event.key === "Escape") this.model.choose(null);
    else if (["Delete", "Backspace"].includes(event.key) && chosen) this.remove(chosen);
    else if (event.key === "+" && chosen?.point != null && drawing === null) this.halve(chosen);
    else return;
    event.preventDefault();
  }

  arrow([x, y], isFar, isCursor) {
    const [width, height] = [this.image.naturalWidth || this.size[0], this.image.naturalHeight || this.size[1]];
    const far = isFar ? 12 : isCursor ? 4 : 1;
    const move = ([px, py]) => inside([px + (x * far) / width, py + (y * far) / height]);
    if (isCursor) {
      this.cursor = move(this.cursor);
      this.hasCursor = true;
      this.draw();
      return;
    }
    const { shape, point } = this.model.chosen;
    this.model.move(shape, point, move(spotsOf(this.model.shapes[shape])[point]), `arrow${shape}:${point}`);
  }

  halve({ shape, point }) {
    const { points, type } = this.model.shapes[shape];
    if (type === "staff" || point >= points.length) return;
    const [[ax, ay], [bx, by]] = [points[point], points[(point + 1) % points.length]];
    this.model.insert(shape, point, [(ax + bx) / 2, (ay + by) / 2]);
    this.svg.querySelector(`[data-grip="${shape}:${point + 1}"]`)?.focus({ preventScroll: true });
  }

  remove({ shape, point }) {
    if (point != null) this.model.removePoint(shape, point);
    else if (this.model.drawing === null) this.model.remove(shape);
    this.box.focus({ preventScroll: true });
  }
}

export const nameOf = (shape) => shape.values.id || shape.values.gauge || word(shape.type);
const inside = ([x, y]) => [Math.min(1, Math.max(0, x)), Math.min(1, Math.max(0, y))];
const isMark = (shape, point) => (shape.type === "staff" ? point >= 2 : point >= shape.points.length);
const gripWord = (shape, point) => word(isMark(shape, point) ? "mark" : shape.type === "staff" ? "end" : "point");
const gripNumber = (shape, point) => (isMark(shape, point) ? point - (shape.type === "staff" ? 1 : shape.points.length - 1) : point + 1);

function middle(spots) {
  const sum = spots.reduce(([x, y], [px, py]) => [x + px, y + py], [0, 0]);
  return [sum[0] / spots.length - 20, sum[1] / spots.length];
}

function made(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
