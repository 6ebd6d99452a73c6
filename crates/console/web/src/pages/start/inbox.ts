// The built-in receiver of a development server, which the link of `hookledger dev` tells of.

export interface Inbox { url: string; secret: string }
const KEY = "hookledger.inbox";

/** Keeps what the address says of the receiver, as long as the tab lives. */
export function noteInbox(words: URLSearchParams) {
  const [url, secret] = [words.get("inbox"), words.get("secret")];
  if (url && secret) sessionStorage.setItem(KEY, JSON.stringify({ url, secret }));
}

/** The receiver, if this tab was told of one. */
export function knownInbox(): Inbox | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Inbox | null;
  } catch {
    return null;
  }
}
