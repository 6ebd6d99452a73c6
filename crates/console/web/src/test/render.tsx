// Rendering as the app does, over an API that a test plays.
import { MantineProvider } from "@mantine/core";
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { Client, Provider, type OperationResult } from "urql";
import { filter, fromPromise, mergeMap, pipe } from "wonka";

import { theme } from "@/app/theme";

/** What the API answers, by the name of the operation. */
export type Answers = Record<string, (variables: Record<string, unknown>) => unknown>;

/** A client whose answers are the test's. What is not answered never comes. */
export function clientOf(answers: Answers): Client {
  return new Client({
    url: "http://api.test/graphql",
    preferGetMethod: false,
    exchanges: [() => (operations) => pipe(
      operations,
      filter((operation) => operation.kind !== "teardown"),
      mergeMap((operation) => fromPromise((async () => {
        const definition = operation.query.definitions[0] as { name?: { value: string } };
        const answer = answers[definition.name?.value ?? ""];
        if (!answer) return new Promise<never>(() => {});
        return { operation, data: answer(operation.variables as Record<string, unknown>), stale: false, hasNext: false } as OperationResult;
      })())),
    )],
  });
}

/** Shows something inside everything that components expect around them. */
export function show(what: ReactNode, answers: Answers = {}) {
  const root = createRootRoute({ component: () => <>{what}</> });
  const router = createRouter({ routeTree: root, history: createMemoryHistory({ initialEntries: ["/"] }) });
  return render(
    <MantineProvider theme={theme} env="test">
      <Provider value={clientOf(answers)}><RouterProvider router={router as never} /></Provider>
    </MantineProvider>,
  );
}
