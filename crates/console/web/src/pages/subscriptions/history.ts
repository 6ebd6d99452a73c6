// What the records of a subscription say to people: why, and for each setting what it was and what it became. Pure.

export interface Change { setting: string; before: unknown; after: unknown }
export interface Told { note: string | null; changes: Change[] }

/** Whose values are secrets, or mean nothing to people. */
const SILENT = new Set(["secret", "headers", "active", "reason"]);
const CAUSES: Record<string, string> = { not_activated: "it was made inactive", endpoint_gone: "the endpoint answered 410 Gone", failing: "attempts kept failing" };

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
/** `{"paused": {...}}` without its name; a record that says nothing besides its name is a text. */
const bodyOf = (details: unknown): Record<string, unknown> => {
  const body = isObject(details) ? Object.values(details)[0] : null;
  return isObject(body) ? body : {};
};

/** Why somebody paused or disabled it: their words, or what the server found. */
function noteOf(body: Record<string, unknown>): string | null {
  if (typeof body.note === "string") return `“${body.note}”`;
  const { reason } = body;
  if (typeof reason === "string") return CAUSES[reason] ? `because ${CAUSES[reason]}` : null;
  if (!isObject(reason)) return null;
  const [cause, said] = Object.entries(reason)[0] ?? [];
  if (isObject(said) && typeof said.note === "string") return `“${said.note}”`;
  return cause && CAUSES[cause] ? `because ${CAUSES[cause]}` : null;
}

/** For each record, oldest first, what it says. What a setting was is known from the records before. */
export function told(records: readonly { type: string; details: unknown }[]): Told[] {
  const known = new Map<string, unknown>();
  return records.map(({ type, details }) => {
    const body = bodyOf(details);
    if (type === "subscription.created") {
      for (const [setting, value] of Object.entries(isObject(body.settings) ? body.settings : {})) known.set(setting, value);
      return { note: null, changes: [] };
    }
    const changes = !type.endsWith("_changed") ? [] : Object.entries(body).filter(([setting]) => !SILENT.has(setting)).map(([setting, after]) => ({ setting, before: known.get(setting) ?? null, after }));
    for (const { setting, after } of changes) known.set(setting, after);
    return { note: noteOf(body), changes };
  });
}
