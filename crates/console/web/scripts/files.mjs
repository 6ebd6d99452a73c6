// Finding files.
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Every file below `folder` whose name ends so, in order. */
export function walk(folder, ending) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
