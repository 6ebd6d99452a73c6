// The registered event types as a tree, flattened to the rows that are in sight. Pure.

/** Families and types below them: `benchmark` has `benchmark.run`, which has `benchmark.run.started`. */
interface Branch { name: string; isType: boolean; about: string; versions: number[]; branches: Branch[] }

/** A line of the tree: a type, a family of types, or everything. `pattern` is what choosing it adds. */
export interface Row {
  pattern: string;
  about: string;
  /** From 1, as screen readers count it. */
  level: number;
  /** Place among those of its level, from 1, and how many those are. */
  place: number;
  of: number;
  /** The pattern of the row above it in the tree. */
  parent: string | null;
  /** Whether what is below it is in sight; nothing is below types. */
  open: boolean | null;
}

interface Registered { name: string; description: string; versions?: readonly { number: number }[] }

export function branchesOf(types: readonly Registered[]): Branch[] {
  const top: Branch[] = [];
  for (const type of [...types].sort((one, other) => one.name.localeCompare(other.name))) {
    let level = top;
    const parts = type.name.split(".");
    parts.forEach((_, index) => {
      const name = parts.slice(0, index + 1).join(".");
      let branch = level.find((one) => one.name === name);
      if (!branch) level.push((branch = { name, isType: false, about: "", versions: [], branches: [] }));
      if (index === parts.length - 1) Object.assign(branch, { isType: true, about: type.description, versions: (type.versions ?? []).map(({ number }) => number) });
      level = branch.branches;
    });
  }
  return top;
}

/** The rows in sight, with what is below the families of `closed` left out. */
export function rowsOf(branches: readonly Branch[], closed: ReadonlySet<string>, level = 1, parent: string | null = null): Row[] {
  const heads = branches.flatMap((branch) => [
    ...(branch.isType ? [{ pattern: branch.name, about: branch.about, branch: null }] : []),
    ...(branch.branches.length > 0 ? [{ pattern: `${branch.name}.*`, about: "all below it", branch }] : []),
  ]);
  return heads.flatMap(({ pattern, about, branch }, index) => {
    const open = branch ? !closed.has(pattern) : null;
    const row: Row = { pattern, about, level, place: index + 1, of: heads.length, parent, open };
    return branch && open ? [row, ...rowsOf(branch.branches, closed, level + 1, pattern)] : [row];
  });
}

/** A wanted type without the version that it is pinned to. */
export const unpinned = (wanted: string) => wanted.split("@")[0] ?? wanted;

/** Whether a pattern takes a type, at whichever version. */
export function accepts(wanted: string, type: string): boolean {
  const pattern = unpinned(wanted);
  return pattern === "*" || pattern === type || (pattern.endsWith(".*") && type.startsWith(pattern.slice(0, -1)));
}

/** How a row stands to what is wanted: chosen itself, taken by another pattern, in part, or not at all. */
export function standing(pattern: string, wanted: readonly string[]): "chosen" | "covered" | "mixed" | "none" {
  if (wanted.some((one) => unpinned(one) === pattern)) return "chosen";
  if (wanted.some((one) => accepts(one, pattern))) return "covered";
  return pattern.endsWith(".*") && wanted.some((one) => accepts(pattern, unpinned(one))) ? "mixed" : "none";
}

/** What a key does in the tree, as people know it of trees: the row that has the focus next, or a family to open or to close. */
export function move(rows: readonly Row[], at: number, key: string): { to?: number; toggle?: string } | null {
  const row = rows[at];
  if (!row) return null;
  switch (key) {
    case "ArrowDown":
      return { to: Math.min(at + 1, rows.length - 1) };
    case "ArrowUp":
      return { to: Math.max(at - 1, 0) };
    case "Home":
      return { to: 0 };
    case "End":
      return { to: rows.length - 1 };
    case "ArrowRight":
      if (row.open === false) return { toggle: row.pattern };
      return row.open ? { to: at + 1 } : {};
    case "ArrowLeft":
      if (row.open) return { toggle: row.pattern };
      return row.parent === null ? {} : { to: rows.findIndex(({ pattern }) => pattern === row.parent) };
    default: {
      if (!/^[a-z0-9*]$/i.test(key)) return null;
      // A letter leads to the next row that begins with it, below its family.
      const begins = rows.findIndex(({ pattern, parent }, index) => index > at && pattern.slice(parent ? parent.length - 1 : 0).startsWith(key.toLowerCase()));
      return begins === -1 ? {} : { to: begins };
    }
  }
}
