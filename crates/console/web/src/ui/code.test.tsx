import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";

import { show } from "@/test/render";

import { Code, prettyJson } from "./code";

describe("JSON that is shown", () => {
  it("keeps every digit, escape and order of keys", () => {
    const text = '{"b":12345678901234567890.1230,"a":[1,{"x":"\\u00e9 \\"q\\" {,}"}],"e":{},"f":[ ]}';
    const shown = prettyJson(text);
    expect(shown.replace(/\n\s*/g, "").replace(/": /g, '":')).toBe(text.replace("[ ]", "[]"));
    expect(shown).toContain('"b": 12345678901234567890.1230');
  });

  it("is left as it is where it is no JSON", () => {
    expect(prettyJson("<html>")).toBe("<html>");
  });

  it("is searched as text, not as a pattern", async () => {
    show(<Code text='{"a.c":"abc a.c"}' json label="data" searchable />);
    await userEvent.type(await screen.findByRole("textbox", { name: "Find in data" }), "a.c");
    expect(document.querySelectorAll("mark")).toHaveLength(2);
  });
});
