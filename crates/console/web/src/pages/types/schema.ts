// A JSON Schema as rows that people read, and what became of them between two versions. Pure.

/** A document that stands by itself: every reference leads to a place within it. */
type Schema = Record<string, unknown>;

/** One place in the data, and what may stand there. */
export interface Row {
  /** Where it stands, as one writes it: `model.name`, `tests[].outcome`. */
  path: string;
  /** The last part of it. */
  name: string;
  depth: number;
  /** What kind of value: `text`, `list of objects`, `number or null`. */
  kind: string;
  required: boolean;
  about: string;
  /** What else holds, in words. */
  rules: string[];
}

/** Deeper, and beyond so many, nothing is shown: a schema may refer to itself. */
const [DEPTH_MAX, ROWS_MAX] = [12, 1_000];
const KINDS: Record<string, string> = { string: "text", integer: "whole number", number: "number", boolean: "yes or no", object: "object", array: "list", null: "null" };
const isSchema = (value: unknown): value is Schema => typeof value === "object" && value !== null && !Array.isArray(value);
const listed = (value: unknown): Schema[] => (Array.isArray(value) ? value.filter(isSchema) : []);

/** The rows of a schema, in the order in which it declares them. */
export function rowsOf(document: unknown): Row[] {
  const rows: Row[] = [];
  if (isSchema(document)) below(resolve(document, document), document, "", 0, rows);
  return rows;
}

/** The schema that a reference leads to, with what stands beside the reference on top; parts that all hold become one. */
function resolve(schema: Schema, root: Schema, hops = 0): Schema {
  let result = schema;
  if (typeof schema.$ref === "string" && schema.$ref.startsWith("#") && hops < DEPTH_MAX) {
    const target = at(root, schema.$ref.slice(1));
    const { $ref: _, ...beside } = schema;
    if (target) result = { ...resolve(target, root, hops + 1), ...beside };
  }
  for (const part of listed(result.allOf)) {
    const all = resolve(part, root, hops + 1);
    result = {
      ...all, ...result,
      properties: { ...(all.properties as object), ...(result.properties as object) },
      required: [...((all.required as string[]) ?? []), ...((result.required as string[]) ?? [])],
    };
  }
  return result;
}

function at(root: Schema, pointer: string): Schema | null {
  let value: unknown = root;
  for (const part of pointer.split("/").slice(1)) {
    value = isSchema(value) ? value[decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~")] : undefined;
  }
  return isSchema(value) ? value : null;
}

function below(schema: Schema, root: Schema, path: string, depth: number, rows: Row[]) {
  if (depth > DEPTH_MAX) return;
  const required = new Set(Array.isArray(schema.required) ? (schema.required as string[]) : []);
  const place = (name: string, inner: Schema, must: boolean) => {
    if (rows.length >= ROWS_MAX) return;
    const whole = resolve(inner, root);
    const own = path ? `${path}.${name}` : name;
    rows.push({ path: own, name, depth, kind: kindOf(whole, root), required: must, about: String(whole.description ?? whole.title ?? ""), rules: rulesOf(whole, root) });
    inside(whole, root, own, depth + 1, rows);
  };
  if (isSchema(schema.properties)) {
    for (const [name, inner] of Object.entries(schema.properties)) if (isSchema(inner)) place(name, inner, required.has(name));
  }
  if (isSchema(schema.additionalProperties)) place("*", schema.additionalProperties, false);
}

/** What stands in an object, in the elements of a list, or in whichever of several it is. */
function inside(schema: Schema, root: Schema, path: string, depth: number, rows: Row[]) {
  below(schema, root, path, depth, rows);
  if (isSchema(schema.items)) inside(resolve(schema.items, root), root, `${path}[]`, depth, rows);
  for (const choice of [...listed(schema.oneOf), ...listed(schema.anyOf)]) below(resolve(choice, root), root, path, depth, rows);
}

function kindOf(schema: Schema, root: Schema, plural = false): string {
  const choices = [...listed(schema.oneOf), ...listed(schema.anyOf)];
  if (choices.length > 0) return [...new Set(choices.map((choice) => kindOf(resolve(choice, root), root, plural)))].join(" or ");
  if ("const" in schema || Array.isArray(schema.enum)) {
    if (schema.type === undefined) return "value";
  }
  const types = Array.isArray(schema.type) ? (schema.type as string[]) : typeof schema.type === "string" ? [schema.type] : [isSchema(schema.properties) ? "object" : "any"];
  return types.map((type) => {
    if (type === "array") return isSchema(schema.items) ? `${plural ? "lists" : "list"} of ${kindOf(resolve(schema.items, root), root, true)}` : "list";
    if (type === "string" && schema.format === "date-time") return plural ? "instants" : "instant";
    const word = KINDS[type] ?? "anything";
    return plural && !["yes or no", "null", "anything"].includes(word) ? `${word}s` : word;
  }).join(" or ");
}

const words = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

function rulesOf(schema: Schema, root: Schema): string[] {
  const rules: string[] = [];
  const say = (keyword: string, text: (value: never) => string) => {
    if (schema[keyword] !== undefined) rules.push(text(schema[keyword] as never));
  };
  say("const", (value) => `always ${words(value)}`);
  say("enum", (values: unknown[]) => `one of ${values.map(words).join(", ")}`);
  if (schema.minimum !== undefined && schema.maximum !== undefined) rules.push(`${schema.minimum} to ${schema.maximum}`);
  else {
    say("minimum", (least) => `at least ${least}`);
    say("maximum", (most) => `at most ${most}`);
  }
  say("exclusiveMinimum", (least) => `more than ${least}`);
  say("exclusiveMaximum", (most) => `less than ${most}`);
  say("multipleOf", (step) => `a multiple of ${step}`);
  for (const [least, most, what] of [["minLength", "maxLength", "characters"], ["minItems", "maxItems", "elements"], ["minProperties", "maxProperties", "members"]] as const) {
    const [from, to] = [schema[least], schema[most]];
    if (from !== undefined && to !== undefined) rules.push(`${from} to ${to} ${what}`);
    else if (from !== undefined) rules.push(`at least ${from} ${what}`);
    else if (to !== undefined) rules.push(`at most ${to} ${what}`);
  }
  say("uniqueItems", (unique) => (unique ? "no two alike" : ""));
  if (schema.format !== "date-time") say("format", (format) => `format ${format}`);
  say("pattern", (pattern) => `like ${pattern}`);
  say("default", (value) => `${words(value)} if left out`);
  if (schema.deprecated === true) rules.push("deprecated");
  if (isSchema(schema.items)) rules.push(...rulesOf(resolve(schema.items, root), root).map((rule) => `each ${rule}`));
  return rules.filter(Boolean);
}

/** What became of the places of a schema in the version after it. */
export interface Change { path: string; what: "added" | "removed" | "changed"; detail: string }

const described = ({ kind, required }: Row) => `${kind}, ${required ? "required" : "optional"}`;

export function changesBetween(before: unknown, after: unknown): Change[] {
  const [old, now] = [rowsOf(before), rowsOf(after)].map((rows) => new Map(rows.map((row) => [row.path, row]))) as [Map<string, Row>, Map<string, Row>];
  const changes: Change[] = [];
  /** What stands within something that came or went is not told of again. */
  const told = (path: string, what: Change["what"]) => changes.some((change) => change.what === what && (path.startsWith(`${change.path}.`) || path.startsWith(`${change.path}[]`)));
  for (const [path, row] of old) if (!now.has(path) && !told(path, "removed")) changes.push({ path, what: "removed", detail: described(row) });
  for (const [path, row] of now) {
    const was = old.get(path);
    if (!was) {
      if (!told(path, "added")) changes.push({ path, what: "added", detail: described(row) });
      continue;
    }
    const parts: string[] = [];
    if (was.kind !== row.kind) parts.push(`${was.kind} became ${row.kind}`);
    if (was.required !== row.required) parts.push(row.required ? "is required now" : "is optional now");
    const [gone, came] = [was.rules.filter((rule) => !row.rules.includes(rule)), row.rules.filter((rule) => !was.rules.includes(rule))];
    if (came.length > 0) parts.push(`now ${came.join("; ")}`);
    if (gone.length > 0) parts.push(`no longer ${gone.join("; ")}`);
    if (parts.length > 0) changes.push({ path, what: "changed", detail: parts.join("; ") });
  }
  return changes;
}
