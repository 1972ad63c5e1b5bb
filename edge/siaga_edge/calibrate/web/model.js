// What is drawn: plain data, changed only through `change`, so that every step can be undone.
const MOST_STEPS = 200;
export const KINDS = ["no_stopping", "watch", "road", "mask", "staff"];
export const FIELDS = {
  no_stopping: ["id", "kind", "allowed_seconds", "labels", "active"],
  watch: ["id", "kind", "allowed_seconds", "min_area_share", "labels", "active"],
  road: ["id", "kind", "flooded_share", "clear_share", "marks", "active"],
};

export class Model {
  constructor() {
    this.shapes = [];
    this.chosen = null; // { shape, point }
    this.drawing = null; // number of the shape that gets points
    this.marking = null; // number of the road whose next depth mark is tapped
    this.version = "";
    this.done = [];
    this.undone = [];
    this.saved = "";
    this.listeners = [];
  }

  load({ zones, masks, staffs, version }) {
    this.shapes = [
      ...zones.map(({ was, values: { polygon, ...values } }) => ({ type: values.kind, was, points: polygon, values })),
      ...masks.map((points) => ({ type: "mask", points, values: {} })),
      ...staffs.map(({ was, values: { line, points, ...values } }) => ({
        type: "staff", was, points: [...line, ...points.map((each) => each.at)],
        values: { ...values, levels: points.map((each) => each.level_cm) },
      })),
    ];
    this.version = version;
    this.chosen = this.drawing = this.marking = null;
    this.done = [];
    this.undone = [];
    this.saved = this.text();
    this.tell();
  }

  text() { return JSON.stringify(this.shapes); }
  get isChanged() { return this.text() !== this.saved; }
  get shape() { return this.chosen ? this.shapes[this.chosen.shape] : undefined; }

  change(step, { joins = "" } = {}) {
    const before = this.text();
    step(this.shapes);
    if (this.text() === before) return;
    // Steps of one drag or one held key are one step to undo.
    if (!joins || joins !== this.joined) this.done.push(before);
    this.joined = joins;
    if (this.done.length > MOST_STEPS) this.done.shift();
    this.undone = [];
    this.tell();
  }

  undo() { this.step(this.done, this.undone); }
  redo() { this.step(this.undone, this.done); }

  step(from, to) {
    if (!from.length) return;
    to.push(this.text());
    this.shapes = JSON.parse(from.pop());
    this.joined = "";
    if (this.drawing !== null && !this.shapes[this.drawing]) this.drawing = null;
    this.marking = null;
    if (this.chosen && !this.shapes[this.chosen.shape]) this.chosen = null;
    else if (this.chosen && this.chosen.point >= spotsOf(this.shape).length) this.chosen.point = null;
    this.tell();
  }

  choose(shape, point = null) {
    if (this.chosen?.shape === shape && this.chosen?.point === point) return;
    this.chosen = shape === null ? null : { shape, point };
    if (shape !== this.marking) this.marking = null;
    this.joined = "";
    this.tell();
  }

  mark(number) {
    this.stopDrawing();
    this.marking = number;
    this.chosen = { shape: number, point: null };
    this.tell();
  }

  addMark(spot) {
    const number = this.marking;
    this.marking = null;
    this.change((shapes) => {
      const { values } = shapes[number];
      values.marks = [...(values.marks || []), { at: rounded(spot), depth_cm: "" }];
    });
    this.choose(number, spotsOf(this.shapes[number]).length - 1);
    this.tell();
  }

  setMark(number, index, key, value) {
    this.change((shapes) => {
      const mark = shapes[number].values.marks[index];
      if (value === undefined && key === "name") delete mark.name;
      else mark[key] = value ?? "";
    }, { joins: `${number}:mark${index}:${key}` });
  }

  removeMark(number, index) {
    this.chosen = { shape: number, point: null };
    this.change((shapes) => {
      const { values } = shapes[number];
      values.marks.splice(index, 1);
      if (!values.marks.length) delete values.marks;
    });
    this.tell();
  }

  begin(type) {
    this.stopDrawing();
    this.marking = null;
    const values = type === "mask" ? {} : type === "staff"
      ? { gauge: this.free("staff"), width: 0.03, levels: [], s3_cm: "" }
      : { id: this.free(type.replace("_", "-")), kind: type };
    this.change((shapes) => shapes.push({ type, points: [], values }));
    this.drawing = this.shapes.length - 1;
    this.isNew = true;
    this.chosen = { shape: this.drawing, point: null };
    this.tell();
  }

  free(stem) {
    const taken = new Set(this.shapes.map((each) => each.values.id || each.values.gauge));
    let count = 1;
    while (taken.has(`${stem}-${count}`)) count += 1;
    return `${stem}-${count}`;
  }

  least(shape) { return shape.type === "staff" ? 4 : 3; }

  add(spot) {
    const number = this.drawing;
    this.change((shapes) => {
      const shape = shapes[number];
      if (shape.type === "staff" && shape.points.length >= 2) {
        shape.points.push(onLine(shape.points, spot));
        shape.values.levels.push("");
      } else shape.points.push(rounded(spot));
    });
    this.chosen = { shape: number, point: this.shapes[number].points.length - 1 };
    this.tell();
  }

  stopDrawing() {
    const shape = this.shapes[this.drawing];
    if (this.drawing === null) return;
    const unfinished = shape && shape.points.length < (shape.type === "staff" ? 2 : 3);
    const number = this.drawing;
    this.drawing = null;
    if (unfinished) this.remove(number);
    else this.tell();
  }

  goOn(number) {
    this.drawing = number;
    this.isNew = false;
    this.tell();
  }

  giveUp() {
    const number = this.drawing;
    this.drawing = this.marking = null;
    if (this.isNew && number !== null && this.shapes[number]) this.remove(number);
    else this.tell();
  }

  remove(number) {
    this.chosen = this.marking = null;
    this.change((shapes) => shapes.splice(number, 1));
    this.tell();
  }

  removePoint(number, point) {
    const shape = this.shapes[number];
    if (point >= shape.points.length) { this.removeMark(number, point - shape.points.length); return; }
    if (shape.type === "staff" && point < 2) return;
    if (shape.type !== "staff" && shape.points.length <= 3 && this.drawing !== number) return;
    this.chosen = { shape: number, point: point > 0 ? point - 1 : null };
    this.change((shapes) => {
      shapes[number].points.splice(point, 1);
      if (shape.type === "staff") shapes[number].values.levels.splice(point - 2, 1);
    });
    this.tell();
  }

  insert(number, after, spot) {
    this.change((shapes) => shapes[number].points.splice(after + 1, 0, rounded(spot)));
    this.choose(number, after + 1);
  }

  move(number, point, spot, joins) {
    this.change((shapes) => {
      const { type, points, values } = shapes[number];
      if (point >= points.length) values.marks[point - points.length].at = rounded(spot);
      else if (type === "staff" && point >= 2) points[point] = onLine(points, spot);
      else if (type === "staff") turned(points, point, rounded(spot));
      else points[point] = rounded(spot);
    }, { joins });
  }

  set(number, key, value) {
    this.change((shapes) => {
      if (value === undefined) delete shapes[number].values[key];
      else shapes[number].values[key] = value;
      if (key === "kind") shapes[number].type = value;
    }, { joins: `${number}:${key}` });
  }

  drawingForFile() {
    const part = ({ was, ...rest }) => (was === undefined || was === null ? rest : { was, ...rest });
    return {
      zones: this.shapes.filter((each) => FIELDS[each.type]).map(({ type, was, points, values }) => {
        const known = Object.fromEntries(FIELDS[type].filter((key) => key in values).map((key) => [key, values[key]]));
        return part({ was, values: { ...known, kind: type, polygon: points } });
      }),
      masks: this.shapes.filter((each) => each.type === "mask").map((each) => each.points),
      staffs: this.shapes.filter((each) => each.type === "staff").map((shape) => part({ was: shape.was, values: staffOf(shape) })),
    };
  }

  tell() { for (const listener of this.listeners) listener(); }
}

// Everything of a shape that can be taken hold of: its corners, then its depth marks.
export const spotsOf = ({ type, points, values }) =>
  (type === "road" ? [...points, ...(values.marks || []).map((mark) => mark.at)] : points);

export function staffOf({ points, values: { levels, ...values } }) {
  return { ...values, line: points.slice(0, 2), points: points.slice(2).map((at, index) => ({ at, level_cm: levels[index] })) };
}

const clamp = (share) => Math.min(1, Math.max(0, share));
const rounded = ([x, y]) => [x, y].map((share) => Math.round(clamp(share) * 1e4) / 1e4);

function onLine([[x1, y1], [x2, y2]], [x, y]) {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const along = clamp(((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1));
  return rounded([x1 + along * dx, y1 + along * dy]);
}

function turned(points, end, spot) {
  // The marks stay where they are along the line.
  const [[x1, y1], [x2, y2]] = points;
  const [dx, dy] = [x2 - x1, y2 - y1];
  const shares = points.slice(2).map(([x, y]) => ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1));
  points[end] = spot;
  const [[ax, ay], [bx, by]] = points;
  shares.forEach((share, index) => { points[index + 2] = rounded([ax + share * (bx - ax), ay + share * (by - ay)]); });
}
