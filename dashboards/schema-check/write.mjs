// Writes built/*.ts: each generated dashboard as a value of its type, so that tsc compares them.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const from = new URL(process.argv[2] ?? "../generated/dashboards/", import.meta.url);
const to = new URL("built/", import.meta.url);
rmSync(to, { recursive: true, force: true });
mkdirSync(to);
let count = 0;
for (const folder of readdirSync(from, { withFileTypes: true }).filter((one) => one.isDirectory())) {
  for (const name of readdirSync(new URL(`${folder.name}/`, from)).filter((one) => one.endsWith(".json"))) {
    const json = readFileSync(new URL(`${folder.name}/${name}`, from), "utf8");
    writeFileSync(new URL(name.replace(".json", ".ts"), to), `import type { Built } from "../wire.js";\nexport const dashboard: Built = ${json};\n`);
    count += 1;
  }
}
console.log(`${count} dashboards against @grafana/schema`);
if (count === 0) process.exit(1);
