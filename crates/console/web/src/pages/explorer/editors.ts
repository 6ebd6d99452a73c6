// The editors of GraphiQL, made ready for people without a mouse: Tab leaves them, and each says what it is.

/** What is used of an editor: keys set to `false` are the browser's. */
interface Editor {
  addKeyMap: (keys: Record<string, false>) => void;
  getInputField: () => HTMLElement;
}

const NAMES: [string, string][] = [["graphiql-query-editor", "Query"], ["graphiql-editor-tool", "Variables as JSON"], ["result-window", "Answer"]];

/** Sees to each editor in `place` as it appears; gives what ends that. */
export function attend(place: HTMLElement): () => void {
  const ready = new WeakSet<Editor>();
  const look = () => {
    for (const element of place.querySelectorAll<HTMLElement & { CodeMirror?: Editor }>(".CodeMirror")) {
      const editor = element.CodeMirror;
      if (!editor || ready.has(editor)) continue;
      ready.add(editor);
      // A list of completions, while it is open, still takes Tab: its keys come before these.
      editor.addKeyMap({ Tab: false, "Shift-Tab": false });
      const name = NAMES.find(([around]) => element.closest(`.${around}`))?.[1];
      if (name) editor.getInputField().setAttribute("aria-label", name);
    }
  };
  const observer = new MutationObserver(look);
  observer.observe(place, { childList: true, subtree: true });
  look();
  return () => observer.disconnect();
}
