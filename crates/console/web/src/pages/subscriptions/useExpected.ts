// What the server would say to a form as it is: asked a moment after the last change, and nothing is recorded.
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMemo } from "react";
import type { AnyVariables } from "urql";

import { useAsk, type Refusal } from "@/api/ask";
import { messageOf } from "@/api/client";

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
  const { data, error } = asked;
  return useMemo(() => {
    if (key === null) return NONE;
    // Saving asks again, so that this is no reason not to try.
    if (error) return [{ code: "unchecked", message: `This could not be checked beforehand: ${messageOf(error)}` }];
    return data ? refusals(data) : NONE;
  }, [data, error, key]); // eslint-disable-line react-hooks/exhaustive-deps
}
