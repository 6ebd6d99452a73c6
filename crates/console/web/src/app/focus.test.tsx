import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { show } from "@/test/render";
import { BusyButton } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Card } from "@/ui/layout";

import { keepFocus } from "./focus";

let stop = () => {};
beforeEach(() => { stop = keepFocus(); });
afterEach(() => stop());

function Rows() {
  const [rows, setRows] = useState(["one", "two"]);
  return (
    <main id="content">
      <Card title="Rows">
        <ul>{rows.map((row) => <li key={row}><button onClick={() => setRows(rows.filter((other) => other !== row))}>Drop {row}</button></li>)}</ul>
      </Card>
    </main>
  );
}

function Asking({ goes = false }: { goes?: boolean }) {
  const [[open, done], set] = useState([false, false]);
  return (
    <main id="content">
      <h1>Page</h1>
      <div>{goes && done ? <button>Resume</button> : <button key="pause" onClick={() => set([true, done])}>Pause</button>}</div>
      {open ? <Confirm title="Pause?" action="Do it" close={() => set(([, was]) => [false, was])} run={async () => { set([true, true]); return []; }}>Really</Confirm> : null}
    </main>
  );
}
const focused = (role: string, name: string) => waitFor(() => expect(screen.getByRole(role, { name })).toHaveFocus());

describe("focus", () => {
  it("goes back to what opened a dialog when that is closed", async () => {
    const user = userEvent.setup();
    show(<Asking />);
    await user.click(await screen.findByRole("button", { name: "Pause" }));
    await waitFor(() => expect(screen.getByRole("dialog")).toContainElement(document.activeElement as HTMLElement));
    await user.keyboard("{Escape}");
    await focused("button", "Pause");
  });

  it("goes to what came in place of what opened the dialog", async () => {
    const user = userEvent.setup();
    show(<Asking goes />);
    await user.click(await screen.findByRole("button", { name: "Pause" }));
    await user.click(await screen.findByRole("button", { name: "Do it" }));
    await focused("button", "Resume");
  });

  it("goes to the next row, and to the head of the part once there is none", async () => {
    const user = userEvent.setup();
    show(<Rows />);
    await user.click(await screen.findByRole("button", { name: "Drop one" }));
    await focused("button", "Drop two");
    await user.keyboard("{Enter}");
    await focused("heading", "Rows");
  });

  it("stays nowhere when somebody pressed on nothing", async () => {
    const user = userEvent.setup();
    show(<Rows />);
    await user.click(await screen.findByRole("button", { name: "Drop one" }));
    await focused("button", "Drop two");
    await user.click(document.body);
    (document.activeElement as HTMLElement).blur();
    document.body.append(document.createElement("i"));
    await new Promise((done) => requestAnimationFrame(done));
    expect(document.body).toHaveFocus();
  });
});

describe("a button at work", () => {
  it("keeps focus, says so, and does nothing more", async () => {
    let pressed = 0;
    function Work() {
      const [busy, setBusy] = useState(false);
      return <BusyButton busy={busy} onClick={() => { pressed += 1; setBusy(true); }}>Work</BusyButton>;
    }
    const user = userEvent.setup();
    show(<Work />);
    const button = await screen.findByRole("button", { name: "Work" });
    await user.click(button);
    expect(button).toHaveAttribute("aria-busy", "true");
    expect(button).toHaveFocus();
    await user.keyboard("{Enter}");
    expect(pressed).toBe(1);
  });
});
