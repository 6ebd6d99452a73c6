// The GraphQL explorer, with this browser's session.
import { Loading } from "@/ui/states";
import { Page } from "@/ui/layout";
import { lazy, Suspense } from "react";

const Graphiql = lazy(() => import("./Graphiql"));

export function Explorer() {
  return (
    <Page title="API explorer" about="Everything that the console does goes through this API. Requests use your session; programs send an API key. Ctrl Enter runs, Ctrl Space completes, Tab leaves an editor.">
      <div className="hl-card" style={{ height: "calc(100vh - 190px)", minHeight: 420 }}>
        <Suspense fallback={<Loading />}><Graphiql /></Suspense>
      </div>
    </Page>
  );
}
