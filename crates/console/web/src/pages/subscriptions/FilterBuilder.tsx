// A filter as nested groups of conditions, and as the JSON that they are.
import { ActionIcon, Alert, Button, Group, NativeSelect, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { IconFilter, IconPlus, IconTrash } from "@tabler/icons-react";
import { createContext, lazy, Suspense, use, useId, useState } from "react";

import { Code } from "@/ui/code";

import { BEGUN, check, fromText, LEVELS_MAX, negated, newGroup, newTest, OPERATOR_WORDS, OPERATORS, problemOf, sentence, simplified, toJson, type Clause, type Operator } from "./filter";

const JsonEditor = lazy(() => import("@/ui/JsonEditor"));

interface Props {
  value: Clause | null;
  change: (value: Clause | null) => void;
  /** What the server said about it. */
  error?: string | undefined;
  /** Whether problems of single conditions are shown yet. */
  strict: boolean;
  /** Names of fields to suggest. */
  fields?: readonly string[];
}

/** The id of the list of suggestions. */
const Suggested = createContext<string | undefined>(undefined);

export function FilterBuilder({ value, change, error, strict, fields = [] }: Props) {
  const list = useId();
  const unread = value?.kind === "unread" ? value : null;
  const [chosen, setChosen] = useState<"form" | "json">("form");
  // What is no filter yet cannot be shown as conditions, and is not thrown away either.
  const mode = unread ? "json" : chosen;
  const [text, setText] = useState(unread?.text ?? "");
  const [began, setBegan] = useState(false);
  const json = value ? toJson(simplified(value)) : null;
  const swap = (to: string) => {
    if (to === "json") setText(json === null ? "" : JSON.stringify(json, null, 2));
    setChosen(to as "form" | "json");
  };
  const edit = (next: string) => {
    setText(next);
    change(fromText(next));
    setChosen("json");
  };
  return (
    <Stack gap={10}>
      <Group justify="space-between">
        <SegmentedControl size="xs" value={mode} onChange={swap} data={[{ label: "Conditions", value: "form", disabled: unread !== null }, { label: "JSON", value: "json" }]} aria-label="How to edit the filter" />
        {value ? <Button variant="subtle" color="gray" size="compact-sm" onClick={() => { change(null); setText(""); }}>Remove the filter</Button> : null}
      </Group>
      {mode === "json" ? (
        <Suspense fallback={<Code text={text} label="filter" />}>
          <JsonEditor value={text} change={edit} label="Filter as JSON" minLines={8} />
        </Suspense>
      ) : value === null ? (
        <Group gap={12}>
          <Button variant="default" leftSection={<IconFilter size={16} />} onClick={() => { setBegan(true); change(newGroup("and")); }}>Add conditions</Button>
          <Text size="sm" c="dimmed">Every event of the chosen types is delivered.</Text>
        </Group>
      ) : (
        <Suggested value={list}>
          <ClauseEditor clause={value} change={change} level={1} strict={strict} fresh={began} />
          <datalist id={list}>{fields.map((field) => <option key={field} value={field} />)}</datalist>
        </Suggested>
      )}
      {unread ? <Alert color={strict ? "red" : "yellow"} variant="light" role="status">{unread.flaw}. Until it is one, it is neither saved nor shown as conditions.</Alert> : null}
      {error && !unread ? <Alert color="red" variant="light" role="alert">{error}</Alert> : null}
      {value && mode === "form" && check(value).good ? <Text size="sm" c="dimmed">Delivered if {sentence(json)}.</Text> : null}
    </Stack>
  );
}

interface EditorProps {
  clause: Clause;
  change: (clause: Clause) => void;
  remove?: () => void;
  level: number;
  strict: boolean;
  /** Just added: its first field has the focus. */
  fresh?: boolean;
}

function ClauseEditor({ clause, change, remove, level, strict, fresh = false }: EditorProps) {
  const [added, setAdded] = useState<number | null>(null);
  const not = clause.kind === "not";
  const inner = not ? clause.clause : clause;
  const put = (next: Clause) => change(not ? { ...clause, clause: next } : next);
  const turn = () => change(not ? clause.clause : negated(clause));
  if (inner.kind === "test") return <TestEditor clause={inner} change={put} remove={remove} strict={strict} fresh={fresh} not={not} turn={turn} />;
  if (inner.kind === "not") {
    return (
      <Group align="flex-start" gap={8} wrap="nowrap">
        <Not not turn={turn} what="what follows" />
        <div style={{ flex: 1, minWidth: 0 }}><ClauseEditor clause={inner} change={put} level={level + 1} strict={strict} {...(remove ? { remove } : {})} /></div>
      </Group>
    );
  }
  // Only ever the whole filter, which is then shown as JSON.
  if (inner.kind === "unread") return null;
  const set = (index: number, next: Clause) => put({ ...inner, clauses: inner.clauses.map((one, place) => (place === index ? next : one)) });
  const drop = (index: number) => {
    const left = inner.clauses.filter((_, place) => place !== index);
    if (left.length > 0) put({ ...inner, clauses: left });
    else if (remove) remove();
    else put({ ...inner, clauses: [newTest()] });
  };
  const add = (next: Clause) => {
    setAdded(next.id);
    put({ ...inner, clauses: [...inner.clauses, next] });
  };
  return (
    <fieldset style={{ border: "1px solid var(--hl-line)", borderRadius: 8, padding: 12, margin: 0, background: level % 2 === 0 ? "var(--hl-sunken)" : undefined }}>
      <legend className="hl-visually" style={{ padding: "0 6px", fontSize: 12, color: "var(--hl-muted)" }}>{not ? "Not: " : ""}{inner.kind === "and" ? "All of these" : "Any of these"}</legend>
      <Stack gap={8}>
        <Group justify="space-between" gap={8}>
          <Group gap={8}>
            {remove || not ? <Not not={not} turn={turn} what="this group" /> : null}
            <SegmentedControl size="xs" value={inner.kind} onChange={(kind) => put({ ...inner, kind: kind as "and" | "or" })} data={[{ label: "All (and)", value: "and" }, { label: "Any (or)", value: "or" }]} aria-label="How conditions are joined" />
          </Group>
          {remove ? <ActionIcon variant="subtle" color="gray" onClick={remove} aria-label="Remove this group"><IconTrash size={16} /></ActionIcon> : null}
        </Group>
        {inner.clauses.map((one, index) => (
          <ClauseEditor key={one.id} clause={one} change={(next) => set(index, next)} remove={() => drop(index)} level={level + 1} strict={strict} fresh={one.id === added || (fresh && index === 0)} />
        ))}
        <Group gap={8}>
          <Button size="compact-sm" variant="subtle" leftSection={<IconPlus size={14} />} onClick={() => add(newTest())}>Condition</Button>
          {level < LEVELS_MAX - 1 ? (
            <Button size="compact-sm" variant="subtle" leftSection={<IconPlus size={14} />} onClick={() => add(newGroup(inner.kind === "and" ? "or" : "and"))}>Group</Button>
          ) : null}
        </Group>
      </Stack>
    </fieldset>
  );
}

/** Turns a condition or a group around, and back. */
function Not({ not, turn, what }: { not: boolean; turn: () => void; what: string }) {
  return <Button size="compact-sm" mt={4} variant={not ? "light" : "subtle"} color="gray" c={not ? "var(--hl-warn)" : undefined} px={6} style={{ flex: "none" }} aria-pressed={not} onClick={turn} aria-label={`Not: turn ${what} around`}>Not</Button>;
}

type Test = Extract<Clause, { kind: "test" }>;
const PLACEHOLDERS: Partial<Record<Operator, string>> = { in: "llama-4, qwen-3", not_in: "staging, test", matches: "^eu-\\d+$", gt: "250", gte: "250", lt: "0.85", lte: "0.85" };

interface TestProps extends Omit<EditorProps, "clause" | "level" | "remove"> { clause: Test; remove: (() => void) | undefined; not: boolean; turn: () => void }

function TestEditor({ clause, change, remove, strict, fresh, not, turn }: TestProps) {
  // What was not begun is not complained of before somebody saves: a message that appears would move what is being clicked.
  const [left, setLeft] = useState({ path: false, operand: false });
  const problem = problemOf(clause);
  return (
    <Group gap={6} wrap="nowrap" align="flex-start">
      <Not not={not} turn={turn} what="this condition" />
      <div style={{ flex: 1, minWidth: 0, display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(min(100%, 120px), 1fr))", gap: 8, alignItems: "start" }}>
        <TextInput aria-label="Field" list={use(Suggested)} className="hl-mono-input" style={{ gridColumn: "1 / -1" }} value={clause.path} placeholder="data.status" error={(left.path || strict) && problem.path} autoFocus={fresh ?? false}
          onChange={(event) => change({ ...clause, path: event.currentTarget.value })} onBlur={() => setLeft((now) => ({ ...now, path: clause.path !== BEGUN }))} spellCheck={false} />
        <NativeSelect aria-label="Operator" value={clause.operator} data={OPERATORS.map((operator) => ({ value: operator, label: OPERATOR_WORDS[operator] }))}
          onChange={(event) => {
            const operator = event.currentTarget.value as Operator;
            change({ ...clause, operator, operand: operator === "exists" ? "true" : clause.operator === "exists" ? "" : clause.operand });
          }} />
        {clause.operator === "exists" ? (
          <NativeSelect aria-label="Value" value={clause.operand === "false" ? "false" : "true"} data={[{ value: "true", label: "yes" }, { value: "false", label: "no" }]} onChange={(event) => change({ ...clause, operand: event.currentTarget.value })} />
        ) : (
          <TextInput aria-label="Value" value={clause.operand} placeholder={PLACEHOLDERS[clause.operator] ?? "failed"} error={(left.operand || strict) && problem.operand}
            onChange={(event) => change({ ...clause, operand: event.currentTarget.value })} onBlur={() => setLeft((now) => ({ ...now, operand: clause.operand !== "" }))} spellCheck={false} />
        )}
      </div>
      {remove ? <ActionIcon mt={4} variant="subtle" color="gray" onClick={remove} aria-label="Remove this condition"><IconTrash size={16} /></ActionIcon> : null}
    </Group>
  );
}
