import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";

import { publishCurl } from "./curl";

/** What a shell makes of the command. */
const words = (command: string) => execFileSync("sh", ["-c", `curl() { printf '%s\\0' "$@"; }; ${command}`], { env: { HOOKLEDGER_KEY: "hk_1" }, encoding: "utf8" }).split("\0");

describe("the command that publishes an event", () => {
  it("says to a shell what the form says, quotes and long numbers included", () => {
    const said = words(publishCurl("http://127.0.0.1:1", { type: "a.b", version: 2, source: "/it's", data: '{"text":"it\'s", "big": 12345678901234567890}', metadata: '{"by":"me"}' }));
    expect(said).toContain("Authorization: Bearer hk_1");
    expect(said).toContain('{"type":"a.b","version":2,"source":"/it\'s","data":{"text":"it\'s", "big": 12345678901234567890},"metadata":{"by":"me"}}');
  });
});
