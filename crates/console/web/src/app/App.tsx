// Everything around the pages: looks, the session, the client, the router.
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { RouterProvider } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";
import { Provider } from "urql";

import { createClient } from "@/api/client";
import { isSignedIn, signIn, SignInError, signOut, takeFragment, whenSignedOut } from "@/api/session";
import { SignIn } from "@/pages/sign-in/SignIn";

import { styleNonce } from "./nonce";
import { router } from "./router";
import { theme } from "./theme";

type Session = { state: "looking" } | { state: "out"; reason?: string } | { state: "in"; client: ReturnType<typeof createClient> };

/** Exchanges the ticket of a link, or looks whether there is a session already. */
async function look(): Promise<Session> {
  const fragment = takeFragment();
  const ticket = fragment.get("ticket");
  try {
    if (ticket) {
      await signIn({ ticket });
      return { state: "in", client: createClient() };
    }
    return (await isSignedIn()) ? { state: "in", client: createClient() } : { state: "out" };
  } catch (error) {
    const reason = error instanceof SignInError ? error.message : "Something went wrong.";
    // A link that was used before is no matter for somebody who is signed in.
    const already = ticket ? await isSignedIn().catch(() => false) : false;
    return already ? { state: "in", client: createClient() } : { state: "out", reason };
  }
}
// Once, although React's strict mode mounts twice: a ticket is good once.
const looked = look();

export function App() {
  const [session, setSession] = useState<Session>({ state: "looking" });
  useEffect(() => {
    void looked.then(setSession);
    whenSignedOut(() => setSession((now) => (now.state === "in" ? { state: "out", reason: "Your session has ended." } : now)));
  }, []);
  const leave = useCallback(() => {
    void signOut().finally(() => setSession({ state: "out" }));
  }, []);
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => styleNonce}>
      <Notifications position="bottom-right" limit={4} />
      {session.state === "out" ? (
        <SignIn reason={session.reason} done={() => setSession({ state: "in", client: createClient() })} />
      ) : session.state === "in" ? (
        <Provider value={session.client}>
          <RouterProvider router={router} context={{ signOut: leave }} />
        </Provider>
      ) : null}
    </MantineProvider>
  );
}
