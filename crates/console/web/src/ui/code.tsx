// Text that programs read: highlighted, searchable, to copy.
import { Group, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { Fragment, useMemo, useState, type ReactNode } from "react";

import { Copy } from "./copy";
import { useScrollStop } from "./scroll";

/** Beyond this many characters nothing is coloured: a large document must stay quick to show. */
const COLOURED_CHARS_MAX = 60_000;
const TOKENS = /("(?:\\.|[^"\\])*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\b(true|false|null)\b/g;

/** JSON with line breaks, every digit and escape as it was; what is not JSON stays as it is. */
export function prettyJson(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  // Not parsed and written again, because that would round numbers.
  let out = "";
  let depth = 0;
  let at = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  while (at < text.length) {
    const char = text[at] as string;
    if (char === '"') {
      let end = at + 1;
      while (text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
      out += text.slice(at, end + 1);
      at = end + 1;
      continue;
    }
    if (char === "{" || char === "[") {
      const close = /^[\s]*[}\]]/.exec(text.slice(at + 1));
      if (close) {
        out += char + (char === "{" ? "}" : "]");
        at += 1 + close[0].length;
        continue;
      }
      depth += 1;
      out += char + line();
    } else if (char === "}" || char === "]") {
      depth -= 1;
      out += line() + char;
    } else if (char === ",") {
      out += `,${line()}`;
    } else if (char === ":") {
      out += ": ";
    } else if (!/\s/.test(char)) {
      out += char;
    }
    at += 1;
  }
  return out;
}

function marked(text: string, wanted: string): ReactNode {
  if (!wanted) return text;
  const parts = text.split(new RegExp(`(${wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")})`, "gi"));
  return parts.map((part, index) => (index % 2 === 1 ? <mark key={index}>{part}</mark> : part));
}

function coloured(text: string, wanted: string): ReactNode {
  if (text.length > COLOURED_CHARS_MAX) return marked(text, wanted);
  const out: ReactNode[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKENS)) {
    if (match.index > end) out.push(<Fragment key={`t${end}`}>{marked(text.slice(end, match.index), wanted)}</Fragment>);
    const [whole, string, colon, number] = match;
    const kind = string ? (colon ? "k" : "s") : number ? "n" : "b";
    const word = string ?? whole;
    out.push(<span key={match.index} className={kind}>{marked(word, wanted)}</span>);
    if (colon) out.push(colon);
    end = match.index + whole.length;
  }
  out.push(<Fragment key="end">{marked(text.slice(end), wanted)}</Fragment>);
  return out;
}

/** A piece of text to read and copy. */
export function Code({ text, label, json = false, wrap = false, searchable = false }: {
  text: string; label: string; json?: boolean; wrap?: boolean; searchable?: boolean;
}) {
  const [wanted, setWanted] = useState("");
  const place = useScrollStop<HTMLPreElement>();
  const shown = useMemo(() => (json ? prettyJson(text) : text), [text, json]);
  const content = useMemo(() => (json ? coloured(shown, wanted) : marked(shown, wanted)), [shown, wanted, json]);
  return (
    <div style={{ position: "relative" }}>
      {searchable ? (
        <Group mb={8}>
          <TextInput size="xs" placeholder="Find in this" aria-label={`Find in ${label}`} leftSection={<IconSearch size={14} />}
            value={wanted} onChange={(change) => setWanted(change.currentTarget.value)} w={220} />
        </Group>
      ) : null}
      <div style={{ position: "absolute", right: 8, bottom: 8, zIndex: 1, background: "var(--hl-sunken)", borderRadius: 4 }}><Copy value={text} label={label} /></div>
      <pre ref={place} className={`hl-code${wrap ? " wrap" : ""}`} tabIndex={-1} aria-label={label} role="region">{content}</pre>
    </div>
  );
}
