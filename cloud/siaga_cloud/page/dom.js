// Small tools for making elements; text is always text, never markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "onclick") element.addEventListener("click", value);
    else element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

export const el = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
export const svg = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
export const byId = (id) => document.getElementById(id);

// A time that keeps itself up to date: main.js writes its text again every few seconds.
export const timeTag = (at, write) => {
  const tag = el("time", { datetime: at });
  tag.write = () => write(at);
  tag.textContent = tag.write();
  return tag;
};

// Makes a list show these items, keeping each item's element (and the focus on it) from one time to the next.
export function syncList(list, items, keyOf, build, emptyText) {
  const held = new Map([...list.children].map((child) => [child.dataset.key, child]));
  const wanted = items.map((item) => {
    const key = String(keyOf(item));
    const row = held.get(key) ?? el("li", { "data-key": key });
    build(row, item);
    return row;
  });
  const shown = wanted.length ? wanted : [el("li", { class: "empty" }, emptyText)];
  shown.forEach((row, index) => {
    if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
  });
  while (list.children.length > shown.length) list.lastChild.remove();
}

// Redraws the button of a row only when what it shows has changed.
export function drawRow(row, item, { className, label, open, content }) {
  const button = row.firstElementChild ?? row.appendChild(el("button", { type: "button" }));
  const print = JSON.stringify([item, className, document.documentElement.lang]);
  if (row.print === print) return;
  const isNew = row.print === undefined;
  row.print = print;
  button.className = className;
  button.setAttribute("aria-label", label);
  button.onclick = open;
  button.replaceChildren(...content());
  if (!isNew) {
    button.classList.remove("changed");
    void button.offsetWidth; // starts the animation anew
    button.classList.add("changed");
  }
}
