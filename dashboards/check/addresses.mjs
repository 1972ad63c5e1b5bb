// Addresses that a board would load from or lead to: its own Grafana, or Siaga by the variable of its address.
const OWN = /^(\/|public\/|img\/|\$\{siaga\}|http:\/\/127\.0\.0\.1:8080)/;

export function* addresses(value, key = "") {
  if (typeof value === "string") {
    const isAddress = /^(url|src|href)$/.test(key) ? value : "";
    if (isAddress && !OWN.test(value)) yield `${key}: ${value}`;
    for (const found of value.match(/https?:\/\/[^\s"'<>]+/g) ?? []) if (!OWN.test(found)) yield `address ${found}`;
  } else if (value && typeof value === "object") {
    for (const [name, one] of Object.entries(value)) yield* addresses(one, name);
  }
}
