/// <reference types="vitest/config" />
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The server that `npm run dev` passes requests of the API on to. */
const server = process.env.HOOKLEDGER ?? "http://127.0.0.1:4300";
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** GraphiQL brings its fonts as data: a megabyte that the content security policy would refuse. */
const withoutFonts = {
  name: "without-fonts",
  enforce: "pre" as const,
  transform: (code: string, id: string) => (/graphiql.*\.css/.test(id) ? code.replace(/@font-face\s*\{[^}]*\}/g, "") : null),
};

export default defineConfig(({ command }) => ({
  base: "/console/",
  plugins: [react(), withoutFonts],
  resolve: { alias: { "@": path("./src") } },
  // Replaced by the server in each answer; see `page.rs`. Vite's own server has no policy, and needs no nonce.
  html: command === "build" ? { cspNonce: "__HOOKLEDGER_NONCE__" } : {},
  build: {
    target: "es2022",
    // The folder holds a file that is committed.
    emptyOutDir: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
  },
  server: {
    port: 5199,
    strictPort: true,
    proxy: {
      // The host stays as the browser sees it, so that the server finds the request to be of its own origin.
      "/graphql": { target: server, ws: true },
      "/session": { target: server },
      "/v1": { target: server },
    },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["./src/test/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}", "e2e/**/*.test.mjs"],
    restoreMocks: true,
    testTimeout: 30_000,
  },
}));
