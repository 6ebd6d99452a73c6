// Everything around the pages: looks, the session, the client, the router.
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { RouterProvider } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";
import { Provider } from "urql";

import { createClient } from "@/api/client";
import { tellReturn } from "@/api/presence";
import { isSignedIn, signedIn, signIn, SignInError, signOut, takeFragment, whenSignedOut } from "@/api/session";
import { SignIn, SignInAgain } from "@/pages/sign-in/SignIn";
import { ViewerDocument } from "@/shell/viewer.generated";

import { styleNonce } from "./nonce";
import { router } from "./router";
import { theme } from "./theme";

type Api = ReturnType<typeof createClient>;
/** `ended`: the session is over, and its pages wait, covered, for whoever signs in again. */
type Session = { state: "looking" } | { state: "out"; reason?: string } | { state: "in"; api: Api; ended: boolean };
const entered = (): Session => ({ state: "in", api: createClient(), ended: false });

/** Exchanges the ticket of a link, or looks whether there is a session already. */
async function look(): Promise<Session> {
  const fragment = takeFragment();
  const ticket = fragment.get("ticket");
  try {
    if (ticket) {
      await signIn({ ticket });
      return entered();
    }
    return (await isSignedIn()) ? entered() : { state: "out" };
  } catch (error) {
    const reason = error instanceof SignInError ? error.message : "Something went wrong.";
    // A link that was used before is no matter for somebody who is signed in.
    const already = ticket ? await isSignedIn().catch(() => false) : false;
    return already ? entered() : { state: "out", reason };
  }
}

/** Goes on with the pages as they were left, half-filled forms included, if it is the same tenant's; else with new ones. */
async function goOn(api: Api): Promise<Session> {
  const before = api.client.readQuery(ViewerDocument, {}, { requestPolicy: "cache-only" })?.data?.viewer.tenant?.id;
  const now = await api.client.query(ViewerDocument, {}, { requestPolicy: "network-only" }).toPromise();
  if (before === undefined || now.data?.viewer.tenant?.id !== before) {
    api.close();
    return entered();
  }
  tellReturn();
  return { state: "in", api, ended: false };
}

// Once, although React's strict mode mounts twice: a ticket is good once.
const looked = look();

export function App() {
  const [session, setSession] = useState<Session>({ state: "looking" });
  useEffect(() => {
    void looked.then(setSession);
    whenSignedOut(() => setSession((now) => (now.state === "in" ? { ...now, ended: true } : now)));
  }, []);
  const leave = useCallback(() => {
    void signOut().finally(() => setSession((now) => {
      if (now.state === "in") now.api.close();
      return { state: "out" };
    }));
  }, []);
  const enter = async () => {
    signedIn();
    setSession(session.state === "in" ? await goOn(session.api) : entered());
  };
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => styleNonce}>
      <Notifications position="bottom-right" limit={4} />
      {session.state === "out" ? (
        <SignIn reason={session.reason} done={() => void enter()} />
      ) : session.state === "in" ? (
        <Provider value={session.api.client}>
          <RouterProvider router={router} context={{ signOut: leave }} />
          {session.ended ? <SignInAgain done={() => void enter()} /> : null}
        </Provider>
      ) : null}
    </MantineProvider>
  );
}
