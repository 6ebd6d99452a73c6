// The steps of a mapping in words. Pure.

interface Step { op: string; path?: string; from?: string | string[]; to?: string; into?: string[]; separator?: string; value?: unknown; unit?: string[]; type?: string; time?: string[]; round?: number; map?: [unknown, unknown][]; otherwise?: string; steps?: unknown[] }

/** A JSON pointer as one writes a path: `/model/name` is `model.name`. */
export const pathOf = (pointer: string | undefined) => (pointer ? pointer.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~")).join(".") : "the value");
const json = (value: unknown) => JSON.stringify(value);
const TIMES: Record<string, string> = { rfc3339: "RFC 3339", unix_s: "seconds since 1970", unix_ms: "milliseconds since 1970" };

/** What a step does. */
export function stepWords(given: unknown): string {
  const step = (given ?? {}) as Step;
  const path = pathOf(step.path);
  switch (step.op) {
    case "rename":
      return `${path} becomes ${pathOf(`${(step.path ?? "").replace(/[^/]*$/, "")}${step.to}`)}`;
    case "move":
      return `${pathOf(step.from as string)} moves to ${pathOf(step.to)}`;
    case "copy":
      return `${pathOf(step.from as string)} is copied to ${pathOf(step.to)}`;
    case "default":
      return `${path} is ${json(step.value)} where it is missing`;
    case "drop":
      return "value" in step ? `${path} goes where it is ${json(step.value)}` : `${path} goes`;
    case "convert":
      return `${path}: ${conversion(step)}`;
    case "values":
      return `${path}: ${(step.map ?? []).map(([from, to]) => `${json(from)} becomes ${json(to)}`).join(", ")}${step.otherwise === "keep" ? ", others stay" : ""}`;
    case "split":
      return `${path} is split at ${json(step.separator)} into ${(step.into ?? []).map(pathOf).join(", ")}`;
    case "join":
      return `${path} is joined of ${(step.from as string[]).map(pathOf).join(", ")} with ${json(step.separator)}`;
    case "each":
      return `in each of ${path}: ${(step.steps ?? []).map(stepWords).join("; ")}`;
    default:
      return json(given);
  }
}

function conversion({ unit, type, time, round }: Step): string {
  const rounded = round === undefined ? "" : round === 0 ? ", rounded to whole ones" : `, rounded to ${round} digits`;
  if (unit) return `from ${unit[0]} to ${unit[1]}${rounded}`;
  if (time) return `from ${TIMES[time[0] ?? ""] ?? time[0]} to ${TIMES[time[1] ?? ""] ?? time[1]}`;
  return `written as ${type}${rounded}`;
}
