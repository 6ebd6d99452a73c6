// Filters as a tree that a form can hold, and as the JSON that the API takes. Pure.

export const OPERATORS = [
  "equals", "not_equals", "in", "not_in", "contains", "matches", "exists", "gt", "gte", "lt", "lte",
] as const;
export type Operator = (typeof OPERATORS)[number];

/** What an operator says, for people. */
export const OPERATOR_WORDS: Record<Operator, string> = {
  equals: "is", not_equals: "is not", in: "is one of", not_in: "is none of", contains: "contains", matches: "matches the pattern",
  exists: "exists", gt: "is greater than", gte: "is at least", lt: "is less than", lte: "is at most",
};

export type Clause =
  | { id: number; kind: "and" | "or"; clauses: Clause[] }
  | { id: number; kind: "not"; clause: Clause }
  | { id: number; kind: "test"; path: string; operator: Operator; operand: string }
  /** What somebody wrote as JSON and is no filter yet. It stands alone, and is never good. */
  | { id: number; kind: "unread"; text: string; flaw: string };

/** The deepest nesting, and the most conditions, that the server takes. */
export const LEVELS_MAX = 16;
export const CONDITIONS_MAX = 64;

let ids = 0;
const id = () => ++ids;

/** What the path of a new condition says already. */
export const BEGUN = "data.";

export const newTest = (): Clause => ({ id: id(), kind: "test", path: BEGUN, operator: "equals", operand: "" });
export const newGroup = (kind: "and" | "or", clauses: Clause[] = [newTest()]): Clause => ({ id: id(), kind, clauses });
const unread = (text: string, flaw: string): Clause => ({ id: id(), kind: "unread", text, flaw });
/** With the id of what it turns around, so that a form shows it in the same place. */
export const negated = (clause: Clause): Clause => ({ id: clause.id, kind: "not", clause });

/** What somebody typed as the operand: JSON where it is some, a text where it is not, a list where one is wanted. */
export function operandOf(text: string, operator: Operator): unknown {
  if (operator === "in" || operator === "not_in") {
    const whole = parsed(text);
    if (Array.isArray(whole)) return whole;
    return text.split(",").map((part) => part.trim()).filter((part) => part !== "").map(scalar);
  }
  if (operator === "exists") return text !== "false";
  if (operator === "matches") return text;
  return scalar(text.trim());
}

function scalar(text: string): unknown {
  const value = parsed(text);
  return value === undefined || typeof value === "object" && value !== null ? text : value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The text that leads to this operand. */
export function operandText(value: unknown, operator: Operator): string {
  if (operator === "in" || operator === "not_in") {
    const list = Array.isArray(value) ? value : [value];
    const plain = list.every((item) => typeof item !== "string" || (scalar(item) === item && !item.includes(",") && item.trim() === item && item !== ""));
    return plain ? list.map(String).join(", ") : JSON.stringify(value);
  }
  if (typeof value !== "string") return JSON.stringify(value);
  // A text that would be read as a number has to stay a text.
  return operator !== "matches" && scalar(value.trim()) !== value ? JSON.stringify(value) : value;
}

/** The JSON of a clause. */
export function toJson(clause: Clause): unknown {
  switch (clause.kind) {
    case "and":
    case "or":
      return { [clause.kind]: clause.clauses.map(toJson) };
    case "not":
      return { not: toJson(clause.clause) };
    case "test":
      return { path: clause.path, [clause.operator]: operandOf(clause.operand, clause.operator) };
    case "unread":
      return clause.text;
  }
}

/** Why JSON is not a clause that the form can show, with the place as a JSON pointer. */
export class NotAClause extends Error {
  constructor(message: string, readonly pointer: string) {
    super(pointer ? `${message} (at ${pointer})` : message);
  }
}

/** The clause that JSON says. */
export function fromJson(json: unknown, pointer = ""): Clause {
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw new NotAClause("a clause is an object", pointer);
  const keys = Object.keys(json);
  const given = json as Record<string, unknown>;
  for (const kind of ["and", "or"] as const) {
    const clauses = given[kind];
    if (clauses === undefined) continue;
    if (keys.length > 1) throw new NotAClause(`"${kind}" stands alone in its clause`, pointer);
    if (!Array.isArray(clauses) || clauses.length === 0) throw new NotAClause(`"${kind}" takes a list of clauses`, `${pointer}/${kind}`);
    return newGroup(kind, clauses.map((clause, index) => fromJson(clause, `${pointer}/${kind}/${index}`)));
  }
  if ("not" in given) {
    if (keys.length > 1) throw new NotAClause('"not" stands alone in its clause', pointer);
    return negated(fromJson(given.not, `${pointer}/not`));
  }
  if (typeof given.path !== "string") throw new NotAClause('a condition has a "path"', pointer);
  const operators = keys.filter((key) => key !== "path");
  const operator = operators[0] as Operator | undefined;
  if (operators.length !== 1 || !operator || !OPERATORS.includes(operator)) {
    throw new NotAClause(`a condition has one of ${OPERATORS.join(", ")}`, pointer);
  }
  return { id: id(), kind: "test", path: given.path, operator, operand: operandText(given[operator], operator) };
}

/** The filter that a text says: none if it is empty, and one that is not read yet where it is no filter. */
export function fromText(text: string): Clause | null {
  if (text.trim() === "") return null;
  try {
    return asGroup(fromJson(JSON.parse(text)));
  } catch (caught) {
    return unread(text, caught instanceof NotAClause ? `This is not a filter yet: ${caught.message}` : `This is not JSON yet: ${(caught as Error).message}`);
  }
}

/** A clause at the top that is a group, so that the form can add beside it. */
export function asGroup(clause: Clause): Clause {
  return clause.kind === "and" || clause.kind === "or" || clause.kind === "unread" ? clause : newGroup("and", [clause]);
}

/** A group with one clause, without the group. */
export function simplified(clause: Clause): Clause {
  if (clause.kind === "not") return { ...clause, clause: simplified(clause.clause) };
  if (clause.kind === "test" || clause.kind === "unread") return clause;
  const [first, ...others] = clause.clauses.map(simplified);
  return first && others.length === 0 ? first : { ...clause, clauses: clause.clauses.map(simplified) };
}

const PATH = /^(type|version|source|data|metadata)((\.[^.[\]\s]+)|(\[\d+\])|(\[\*\])|(\['[^']*'\]))*$/;

/** What is wrong with a condition as it stands, if anything. */
export function problemOf(clause: Clause): { path?: string; operand?: string } {
  if (clause.kind !== "test") return {};
  const found: { path?: string; operand?: string } = {};
  if (!PATH.test(clause.path)) found.path = "Begin with type, version, source, data or metadata, such as data.status";
  const operand = operandOf(clause.operand, clause.operator);
  if (clause.operand.trim() === "" && clause.operator !== "exists") found.operand = "What to compare with?";
  else if (Array.isArray(operand) && operand.length > 256) found.operand = "At most 256 values";
  else if (clause.operator === "matches" && new TextEncoder().encode(clause.operand).length > 512) found.operand = "At most 512 bytes";
  return found;
}

/** How many conditions there are, and whether each is well formed. */
export function check(clause: Clause): { conditions: number; good: boolean } {
  switch (clause.kind) {
    case "test":
      return { conditions: 1, good: Object.keys(problemOf(clause)).length === 0 };
    case "not":
      return check(clause.clause);
    case "unread":
      return { conditions: 0, good: false };
    default:
      return clause.clauses.map(check).reduce((sum, one) => ({ conditions: sum.conditions + one.conditions, good: sum.good && one.good }), { conditions: 0, good: clause.clauses.length > 0 });
  }
}

/** A clause as a sentence. */
export function sentence(json: unknown): string {
  let clause: Clause;
  try {
    clause = fromJson(json);
  } catch {
    return JSON.stringify(json);
  }
  const say = (one: Clause, inner: boolean): string => {
    switch (one.kind) {
      case "test":
        return one.operator === "exists" ? `${one.path} ${one.operand === "false" ? "does not exist" : "exists"}` : `${one.path} ${OPERATOR_WORDS[one.operator]} ${one.operand}`;
      case "not":
        return `not (${say(one.clause, false)})`;
      case "unread":
        return one.text;
      default: {
        const joined = one.clauses.map((part) => say(part, true)).join(` ${one.kind} `);
        return inner && one.clauses.length > 1 ? `(${joined})` : joined;
      }
    }
  };
  return say(clause, false);
}
