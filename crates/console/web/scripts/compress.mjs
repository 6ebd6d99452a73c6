// Packs what the build left behind, so that the server sends it as it is.
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { walk } from "./files.mjs";

/** Below this, the headers of a response weigh more than what packing saves. */
const BYTES_MIN = 512;
const dist = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");

for (const ending of [".js", ".css", ".svg", ".json", ".txt"]) {
  for (const file of walk(dist, ending)) {
    if (statSync(file).size < BYTES_MIN) continue;
    const plain = readFileSync(file);
    writeFileSync(`${file}.br`, brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
    writeFileSync(`${file}.gz`, gzipSync(plain, { level: 9 }));
  }
}
