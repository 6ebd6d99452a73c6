// Focus is never lost. A dialog closes, a button does its work and goes away, a row leaves its list: the browser then forgets where
// somebody was, and their next Tab starts at the top. The keeper remembers the way that focus came, and gives it back: to what had
// it before, if that is still there; else to what came in its place, or to the head of that part of the page.

/** An element that had focus, and where it stood: its parents, innermost first, and which child of theirs led to it. */
interface Spot {
  element: HTMLElement;
  path: { parent: Element; index: number }[];
}

/** How far back the way is remembered. */
const SPOTS_MAX = 32;
const FOCUSABLE = 'a[href], button, input, select, textarea, summary, [tabindex], [contenteditable="true"]';
/** What holds whatever people do: beyond these, nothing came in anything's place. */
const HOMES = '[role="dialog"], dialog, #content, header, nav, main';

const isSeen = (element: Element) => element.isConnected && !element.closest("[inert], [hidden]") && (element.checkVisibility?.() ?? true);
const isUsable = (element: Element) => isSeen(element) && element.matches(FOCUSABLE) && !element.matches(":disabled");
const isReachable = (element: Element) => isUsable(element) && element.getAttribute("tabindex") !== "-1";
const firstIn = (element: Element) => (isReachable(element) ? element : [...element.querySelectorAll(FOCUSABLE)].find(isReachable));
/** While a dialog is open, focus belongs into it. */
const openDialog = () => [...document.querySelectorAll('[role="dialog"][aria-modal="true"]'), ...document.querySelectorAll("dialog[open]")].filter(isSeen).at(-1);

function spotOf(element: HTMLElement): Spot {
  const path: Spot["path"] = [];
  for (let child: Element = element; child.parentElement && child !== document.body; child = child.parentElement) {
    path.push({ parent: child.parentElement, index: [...child.parentElement.children].indexOf(child) });
  }
  return { element, path };
}

/** The head of a part of the page, or the part itself where it is a list without one. */
function headOf(place: Element): Element | undefined {
  for (let part = place.closest(`section, ${HOMES}`); part; part = part.parentElement?.closest(`section, ${HOMES}`) ?? null) {
    const head = [...part.querySelectorAll("h1, h2, [role='region'][aria-label]")].find(isSeen);
    if (head) return head;
  }
  return undefined;
}

/** What stands where an element was. */
function replacementOf({ path }: Spot): Element | undefined {
  const step = path.find(({ parent }) => isSeen(parent));
  if (!step?.parent.closest(HOMES)) return undefined;
  const { children } = step.parent;
  const next = children[Math.min(step.index, children.length - 1)];
  return (next && firstIn(next)) ?? headOf(step.parent);
}

function place(trail: readonly Spot[]): Element | undefined {
  const dialog = openDialog();
  const fits = (element: Element | undefined) => (element && (!dialog || dialog.contains(element)) ? element : undefined);
  for (const spot of [...trail].reverse()) {
    const found = fits(isUsable(spot.element) ? spot.element : replacementOf(spot));
    if (found) return found;
  }
  return dialog ? firstIn(dialog) : [...document.querySelectorAll("#content h1, main h1")].find(isSeen);
}

/** Gives focus to something that people read and Tab does not stop at, such as a heading. */
export function focusOn(element: Element, options?: FocusOptions) {
  if (!element.matches(FOCUSABLE)) element.setAttribute("tabindex", "-1");
  (element as HTMLElement).focus(options);
}

/** Watches over focus as long as the page lives; returns what ends that. */
export function keepFocus(): () => void {
  const trail: Spot[] = [];
  let [byPointer, left, looking] = [false, true, 0];
  const isNowhere = () => document.activeElement === null || document.activeElement === document.body;
  const arrive = ({ target }: FocusEvent) => {
    if (!(target instanceof HTMLElement) || target === document.body) return;
    left = false;
    trail.push(spotOf(target));
    if (trail.length > SPOTS_MAX) trail.shift();
  };
  const look = () => {
    looking = 0;
    if (left || !isNowhere()) return;
    const found = place(trail);
    // Whoever works with a mouse is not taken elsewhere.
    if (found) focusOn(found, { preventScroll: byPointer });
  };
  const lookSoon = () => {
    if (looking === 0 && !left && isNowhere()) looking = requestAnimationFrame(look);
  };
  const point = () => {
    byPointer = true;
    // Who presses on nothing wants focus nowhere.
    setTimeout(() => { if (isNowhere() && trail.at(-1) && isUsable((trail.at(-1) as Spot).element)) left = true; });
  };
  const press = () => { byPointer = false; };
  const observer = new MutationObserver(lookSoon);
  observer.observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["disabled", "hidden", "inert", "style", "class"] });
  addEventListener("focusin", arrive);
  addEventListener("pointerdown", point, true);
  addEventListener("keydown", press, true);
  return () => {
    observer.disconnect();
    cancelAnimationFrame(looking);
    removeEventListener("focusin", arrive);
    removeEventListener("pointerdown", point, true);
    removeEventListener("keydown", press, true);
  };
}
