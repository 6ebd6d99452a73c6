import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it, vi } from "vitest";

import { show } from "@/test/render";

import { fromResponses, sentenceOf, toInput, type Line } from "./script";
import { ScriptEditor } from "./ScriptEditor";

const said = vi.fn<(lines: Line[]) => void>();
function Held() {
  const [lines, setLines] = useState<Line[]>([{ status: 204, times: 1, delayMs: 0, body: "" }]);
  return <ScriptEditor lines={lines} change={(next) => { said(next); setLines(next); }} />;
}

describe("what an inbox answers", () => {
  it("is chosen by a name, and changed row by row", async () => {
    const user = userEvent.setup();
    show(<Held />);
    await user.click(await screen.findByRole("button", { name: "Fail twice, then 200" }));
    const [first] = screen.getAllByLabelText("Status");
    await user.clear(first as HTMLElement);
    await user.type(first as HTMLElement, "500");
    expect(toInput(said.mock.lastCall?.[0] ?? [])).toEqual([{ status: 500, times: 2, delayMs: 0, body: null }, { status: 200, times: 1, delayMs: 0, body: null }]);
  });

  it("tells what is wrong with a row", async () => {
    const user = userEvent.setup();
    show(<Held />);
    const field = await screen.findByLabelText("Status");
    await user.clear(field);
    await user.type(field, "99");
    expect(await screen.findByRole("alert")).toHaveTextContent("200 to 599");
  });

  it("reads as a sentence", () => {
    const responses = [{ status: 503, times: 2, delayMs: 0, body: "" }, { status: 200, times: 1, delayMs: 3000, body: "" }];
    expect(sentenceOf(responses)).toBe("503 twice, then 200 after 3 s");
    expect(toInput(fromResponses(responses))[1]).toMatchObject({ status: 200, delayMs: 3000 });
  });
});
