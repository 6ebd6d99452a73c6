// An editor for JSON: highlighted, with the place of a mistake. Loaded when it is needed.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json, jsonParseLinter } from "@codemirror/lang-json";
import { bracketMatching, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, linter } from "@codemirror/lint";
import { search, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";

import { styleNonce } from "@/app/nonce";

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: "light-dark(#2e3c92, #a9b6ff)" },
  { tag: tags.string, color: "light-dark(#146c43, #7fd6a8)" },
  { tag: tags.number, color: "light-dark(#95450b, #ffb680)" },
  { tag: [tags.bool, tags.null], color: "light-dark(#8a2b8f, #e7a1ea)" },
]);
const looks = EditorView.theme({
  ".cm-gutters": { background: "var(--hl-sunken)", color: "var(--hl-muted)", border: "none" },
  ".cm-content": { fontFamily: "var(--mantine-font-family-monospace)", padding: "8px 0", caretColor: "var(--hl-text)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { background: "var(--hl-info-soft) !important" },
  ".cm-cursor": { borderLeftColor: "var(--hl-text)" },
  ".cm-tooltip": { background: "var(--hl-surface)", color: "var(--hl-text)", border: "1px solid var(--hl-line)" },
  ".cm-panels": { background: "var(--hl-sunken)", color: "var(--hl-text)" },
});

export default function JsonEditor({ value, change, label, minLines = 6 }: { value: string; change: (text: string) => void; label: string; minLines?: number }) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(change);
  latest.current = change;
  useEffect(() => {
    if (!place.current) return;
    const lintJson = jsonParseLinter();
    const editor = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: value,
        extensions: [
          lineNumbers(), history(), drawSelection(), bracketMatching(), json(), syntaxHighlighting(colours), lintGutter(), search({ top: true }),
          linter((editor) => (editor.state.doc.toString().trim() === "" ? [] : lintJson(editor))),
          // Tab leaves the editor, so that nobody is caught in it.
          keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap]),
          EditorView.lineWrapping, looks, EditorView.cspNonce.of(styleNonce),
          // With a tab stop of its own, so that whatever looks for one in what scrolls finds it.
          EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
          EditorView.theme({ ".cm-content, .cm-gutter": { minHeight: `${minLines * 1.5}em` }, ".cm-scroller": { maxHeight: "420px", overflow: "auto", lineHeight: "1.5" } }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
    // The editor holds the text from here on.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== value) editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);
  return <div ref={place} />;
}
