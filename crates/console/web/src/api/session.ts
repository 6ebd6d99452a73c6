// Signing in and out. The session itself is a cookie that no script can read.

/** Why signing in did not work, in words for people. */
export class SignInError extends Error {}

async function call(method: string, body?: object): Promise<Response> {
  const json = body ? { body: JSON.stringify(body), headers: { "content-type": "application/json" } } : {};
  try {
    return await fetch("/session", { method, credentials: "same-origin", cache: "no-store", ...json });
  } catch {
    throw new SignInError("The server cannot be reached.");
  }
}

/** Whether the browser holds a session that is good. */
export async function isSignedIn(): Promise<boolean> {
  const response = await call("GET");
  if (!response.ok) throw new SignInError(`The server answered ${response.status}.`);
  return ((await response.json()) as { signed_in: boolean }).signed_in;
}

/** Exchanges an API key or a ticket for a session. */
export async function signIn(proof: { key: string } | { ticket: string }): Promise<void> {
  const response = await call("POST", proof);
  if (!response.ok) {
    const problem = (await response.json().catch(() => null)) as { detail?: string } | null;
    throw new SignInError(problem?.detail ?? `The server answered ${response.status}.`);
  }
  if (!(await isSignedIn())) {
    throw new SignInError(
      "The server accepted this, but your browser did not keep the session: open the console over https, or set console.secure_cookies to false.",
    );
  }
}

/** Ends the session. */
export async function signOut(): Promise<void> {
  await call("DELETE");
}

/** What the address says after the `#`, taken out of it at once so that it stays in no history. */
export function takeFragment(): URLSearchParams {
  // A plus is a plus, which forms would read as a space.
  const words = new URLSearchParams(location.hash.slice(1).replaceAll("+", "%2B"));
  if (words.has("ticket")) history.replaceState(null, "", location.pathname + location.search);
  return words;
}

let onSignedOut: () => void = () => {};
/** Opens when somebody has signed in again; there is none while a session is good. */
let gate: { opened: Promise<void>; open: () => void } | null = null;
/** Resolves at once, or when somebody has signed in again. */
export const untilSignedIn = async () => gate?.opened;
/** Somebody has signed in again. */
export function signedIn() {
  gate?.open();
  gate = null;
}
/** Says what to do when the server turns the session away. */
export function whenSignedOut(then: () => void) {
  onSignedOut = then;
}
/** The server turned the session away. */
export function signedOut() {
  if (!gate) {
    let open = () => {};
    gate = { opened: new Promise((resolve) => { open = resolve; }), open };
  }
  onSignedOut();
}
