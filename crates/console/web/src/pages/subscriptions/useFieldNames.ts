// The names of fields that a filter may ask about: those in the schema of the first registered type that is wanted.
import { useMemo } from "react";

import { useAsk } from "@/api/ask";
import { rowsOf } from "@/pages/types/schema";

import { FieldNamesDocument, TypeNamesDocument } from "./subscriptions.generated";
import { accepts } from "./typeTree";

const ALWAYS = ["type", "version", "source"];

/** Suggestions only: the form works without them, so nothing is said of what could not be loaded. */
export function useFieldNames(wanted: readonly string[]): string[] {
  const types = useAsk(TypeNamesDocument, { after: null });
  const name = types.data?.eventTypes.nodes.find((type) => wanted.some((pattern) => accepts(pattern, type.name)))?.name ?? "";
  const asked = useAsk(FieldNamesDocument, { type: name }, { pause: name === "", keep: name });
  const schema = asked.data?.eventType?.atVersion?.bundledSchema;
  return useMemo(() => [...rowsOf(schema).map(({ path }) => `data.${path.replaceAll("[]", "[*]")}`), ...ALWAYS], [schema]);
}
