// Two steps after Vite's own build: the service worker with the list of what it caches, and smaller copies of all files.

import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build, type Plugin } from "vite";

const SMALLEST_BYTES = 1024;
const TEXT = /\.(m?js|css|svg|webmanifest)$/;
// The map is big and not everybody's: cached when it is first used, not before.
const LATER = /maplibre/;

/** Builds src/sw.ts to /sw.js, self-contained, knowing the files of this build. */
export function serviceWorker(out: string): Plugin {
  return {
    name: "siaga-service-worker",
    apply: "build",
    async closeBundle() {
      const names = (await readdir(join(out, "assets"))).map((name) => `/assets/${name}`);
      const cached = names.filter((name) => TEXT.test(name) && !LATER.test(name)).sort();
      await build({
        configFile: false,
        logLevel: "warn",
        define: { __CACHED__: JSON.stringify(cached) },
        build: {
          outDir: out,
          emptyOutDir: false,
          target: "es2020",
          reportCompressedSize: false,
          lib: { entry: "src/sw.ts", formats: ["iife"], name: "sw", fileName: () => "sw.js" },
        },
      });
    },
  };
}

/** Writes FILE.br and FILE.gz beside every text file, so that the server never compresses the same again. */
export function precompress(out: string): Plugin {
  return {
    name: "siaga-precompress",
    apply: "build",
    enforce: "post",
    closeBundle: {
      sequential: true,
      order: "post",
      async handler() {
        const names = await readdir(out, { recursive: true });
        await Promise.all(names.filter((name) => TEXT.test(name)).map((name) => compress(join(out, name))));
      },
    },
  };
}

async function compress(path: string): Promise<void> {
  const bytes = await readFile(path);
  if (bytes.length < SMALLEST_BYTES) return;
  const [small, smaller] = await Promise.all([
    promisify(gzip)(bytes, { level: 9 }),
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
  ]);
  await Promise.all([writeFile(`${path}.gz`, small), writeFile(`${path}.br`, smaller)]);
}
