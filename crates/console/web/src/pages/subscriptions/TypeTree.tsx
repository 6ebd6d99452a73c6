// The tree of event types, as WAI-ARIA describes trees: one stop for Tab, arrow keys within, Space to choose.
import { Checkbox } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useRef, useState, type KeyboardEvent } from "react";

import { firstSentence } from "@/ui/prose";

import { move, standing, type Row } from "./typeTree";

const EVERYTHING: Row = { pattern: "*", about: "every event, also of types to come", level: 1, place: 1, of: 1, parent: null, open: null };

interface Props {
  label: string;
  /** The rows in sight, besides that for everything. */
  rows: readonly Row[];
  wanted: readonly string[];
  choose: (pattern: string) => void;
  /** Opens a family, or closes it. */
  fold: (family: string) => void;
}

export function TypeTree({ label, rows, wanted, choose, fold }: Props) {
  const all = [EVERYTHING, ...rows];
  const [focused, setFocused] = useState(EVERYTHING.pattern);
  const tree = useRef<HTMLDivElement>(null);
  const at = Math.max(0, all.findIndex(({ pattern }) => pattern === focused));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = all[at];
    if (row && (event.key === " " || event.key === "Enter")) {
      event.preventDefault();
      choose(row.pattern);
      return;
    }
    const step = move(all, at, event.key);
    if (!step) return;
    event.preventDefault();
    if (step.toggle) fold(step.toggle);
    const next = step.to === undefined ? undefined : all[step.to];
    if (!next || step.to === undefined) return;
    setFocused(next.pattern);
    (tree.current?.children[step.to] as HTMLElement | undefined)?.focus();
  };
  return (
    <div role="tree" aria-label={label} aria-multiselectable className="hl-typetree" ref={tree} onKeyDown={onKeyDown}>
      {all.map((row, index) => (
        <Item key={row.pattern} row={row} wanted={wanted} stop={index === at} focus={() => setFocused(row.pattern)} choose={choose} fold={fold} />
      ))}
    </div>
  );
}

interface ItemProps extends Pick<Props, "wanted" | "choose" | "fold"> { row: Row; stop: boolean; focus: () => void }

function Item({ row, wanted, stop, focus, choose, fold }: ItemProps) {
  const { pattern, about, level, place, of, open } = row;
  const stands = standing(pattern, wanted);
  const taken = stands === "chosen" || stands === "covered";
  const Chevron = open ? IconChevronDown : IconChevronRight;
  return (
    <div role="treeitem" aria-level={level} aria-posinset={place} aria-setsize={of} aria-expanded={open ?? undefined} aria-checked={stands === "mixed" ? "mixed" : taken} aria-disabled={stands === "covered" || undefined}
      tabIndex={stop ? 0 : -1} style={{ paddingLeft: 8 + (level - 1) * 22 }} onFocus={focus} onClick={() => choose(pattern)}>
      <span className="fold" aria-hidden onClick={open === null ? undefined : (event) => { event.stopPropagation(); fold(pattern); }}>{open === null ? null : <Chevron size={15} />}</span>
      <Checkbox.Indicator size="xs" checked={taken} indeterminate={stands === "mixed"} disabled={stands === "covered"} aria-hidden style={{ flex: "none" }} />
      <span><span className="hl-mono">{pattern}</span>{about ? <span className="about"> {firstSentence(about)}</span> : null}</span>
    </div>
  );
}
