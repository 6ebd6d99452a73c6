// Whether the server answers. Noticed by whatever asks it, told on every page, and asked after until it does again.
import { isSignedIn, signedOut } from "./session";

/** How often a server that is away is asked after. */
const PROBE_MS = 2_000;

let away = false;
const watchers = new Set<() => void>();
const returns = new Set<() => void>();

/** For `useSyncExternalStore`: whether the server cannot be reached. */
export const awayStore = {
  subscribe(watcher: () => void) {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  },
  get: () => away,
};

/** What to do when the server is back, or somebody has signed in again: to ask once more. */
export function onReturn(ask: () => void): () => void {
  returns.add(ask);
  return () => returns.delete(ask);
}
export function tellReturn() {
  for (const ask of [...returns]) ask();
}

/** The server did not answer. */
export function noteAway() {
  if (away) return;
  set(true);
  setTimeout(() => void probe(), PROBE_MS);
}

/** The server answered something. */
export function noteHere() {
  if (!away) return;
  set(false);
  tellReturn();
}

/** The live feed broke off: that may be the server, or the session that a restart has ended. */
export async function lookAfterIt() {
  try {
    const good = await isSignedIn();
    noteHere();
    if (!good) signedOut();
  } catch {
    noteAway();
  }
}

async function probe() {
  await lookAfterIt();
  if (away) setTimeout(() => void probe(), PROBE_MS);
}

function set(now: boolean) {
  away = now;
  for (const watcher of watchers) watcher();
}
