// GraphiQL itself: bundled, and loaded only here.
import "graphiql/graphiql.css";

import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { useComputedColorScheme } from "@mantine/core";
import { GraphiQL } from "graphiql";
import { createClient } from "graphql-ws";
import { useEffect, useMemo, useRef } from "react";

import { attend } from "./editors";

const FIRST = `# Subscriptions that have trouble, and their last answers.
query Trouble {
  subscriptions(first: 20) {
    nodes {
      endpoint
      state
      failingSince
      deliveries(filter: { states: [DEAD_LETTERED] }, first: 3) {
        nodes { id lastStatus lastErrorClass }
      }
    }
  }
}
`;

export default function Graphiql() {
  const scheme = useComputedColorScheme("light");
  const fetcher = useMemo(() => createGraphiQLFetcher({
    url: "/graphql",
    wsClient: createClient({ url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql/ws` }),
  }), []);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => (place.current ? attend(place.current) : undefined), []);
  return (
    <div ref={place} style={{ height: "100%" }}>
      <GraphiQL fetcher={fetcher} defaultQuery={FIRST} forcedTheme={scheme} showPersistHeadersSettings={false} isHeadersEditorEnabled={false} />
    </div>
  );
}
