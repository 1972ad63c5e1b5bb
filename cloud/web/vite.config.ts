import { defineConfig } from "vite";
import { precompress, serviceWorker } from "./tools/build.ts";

const OUT = "../siaga_cloud/pages/built";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  // Phones that get no newer Chrome (Android 8 and before) still have what ES2020 needs.
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: "es2020",
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1200, // MapLibre, which only pages with a map fetch
    modulePreload: { polyfill: false },
    // All that every page needs in one file: a browser has six connections to a server without HTTP/2.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "start", tags: ["$initial"] }] } } },
  },
  plugins: [serviceWorker(OUT), precompress(OUT)],
  server: {
    proxy: {
      "/api": process.env.SIAGA_URL ?? "http://127.0.0.1:8000",
      "/basemap": process.env.SIAGA_URL ?? "http://127.0.0.1:8000",
      "/state": process.env.SIAGA_URL ?? "http://127.0.0.1:8000",
      "/static": process.env.SIAGA_URL ?? "http://127.0.0.1:8000",
    },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
} as Parameters<typeof defineConfig>[0]);
