// What the server would say to a form as it is: asked a moment after the last change, and nothing is recorded.
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMemo } from "react";
import type { AnyVariables } from "urql";

import { useAsk, type Refusal } from "@/api/ask";

import { validate, type FormValues } from "./model";

const NONE: readonly Refusal[] = [];

export function useExpected<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>, values: FormValues, variables: (values: FormValues) => Variables, refusals: (data: Data) => readonly Refusal[],
): readonly Refusal[] {
  const [draft] = useDebouncedValue(values, 400);
  // What the form itself finds is not worth a question.
  const good = useMemo(() => Object.keys(validate(draft)).length === 0, [draft]);
  const key = good ? JSON.stringify(variables(draft)) : null;
  const asked = useAsk(query, useMemo(() => (key === null ? {} : JSON.parse(key)) as Variables, [key]), { pause: key === null, keep: key ?? "none" });
  const { data } = asked;
  return useMemo(() => (data && key !== null ? refusals(data) : NONE), [data, key]); // eslint-disable-line react-hooks/exhaustive-deps
}
