// Telling people who do not see the page what has changed on it.
import { useEffect, useSyncExternalStore } from "react";

/** How long nothing new comes before it is said: the last word counts, not each letter that somebody types. */
const SETTLES_MS = 600;

let said = "";
let timer = 0;
const listeners = new Set<() => void>();

/** Says something, politely, once the page has settled. */
export function announce(words: string) {
  clearTimeout(timer);
  timer = window.setTimeout(() => {
    // The same words once more are said only if they differ.
    said = said === words ? `${words}\u00a0` : words;
    for (const listener of listeners) listener();
  }, SETTLES_MS);
}

/** Says `words` when they change, and when `key` does. */
export function useAnnounced(words: string, key = "") {
  useEffect(() => announce(words), [words, key]);
}

/** Where it is said: once on each page. */
export function Announcer() {
  const words = useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, () => said);
  return <div role="status" className="hl-sr" data-announcer>{words}</div>;
}
