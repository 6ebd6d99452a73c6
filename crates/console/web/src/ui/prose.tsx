// Sentences that schemas and catalogues say, in which `words` are code.
import { Fragment, type ReactNode } from "react";

/** Words between backticks as code. */
export function prose(text: string): ReactNode {
  return text.split(/`([^`]*)`/).map((part, index) => (index % 2 === 1 ? <code key={index} className="hl-mono">{part}</code> : <Fragment key={index}>{part}</Fragment>));
}

/** A dotted name such as `benchmark.run.completed`, which may break after a dot. */
export function Dotted({ name }: { name: string }) {
  return name.split(/(?<=\.)/).map((part, index) => <Fragment key={index}>{index > 0 ? <wbr /> : null}{part}</Fragment>);
}

/** What it says in short: the first sentence. */
export const firstSentence = (text: string) => /^.*?[.!?](?=\s|$)/s.exec(text)?.[0] ?? text;
