// A server of one's own, as `cargo xtask up` starts it.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How long a server may take to start on a busy machine. */
const PATIENCE_MS = 60_000;

/** Starts it on free ports, with empty data; the link, the key and the address are what it printed. */
export async function startServer() {
  const program = process.env.HOOKLEDGER_BIN;
  if (!program) throw new Error("HOOKLEDGER_BIN names the server; `cargo xtask test` sets it");
  const folder = mkdtempSync(join(tmpdir(), "hookledger-console-"));
  const child = spawn(program, ["dev", "--data", join(folder, "data"), "--listen", "127.0.0.1:0", "--inbox", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const ready = new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`the server did not start:\n${said}`)), PATIENCE_MS);
    const hear = (chunk) => {
      said += chunk;
      if (said.includes("Ctrl-C stops.")) {
        clearTimeout(timer);
        done();
      }
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("error", fail);
    child.on("exit", (code) => fail(new Error(`the server ended with ${code}:\n${said}`)));
  });
  await ready;
  const stop = () => new Promise((done) => {
    child.removeAllListeners("exit");
    child.on("exit", () => {
      rmSync(folder, { recursive: true, force: true });
      done();
    });
    child.kill("SIGINT");
  });
  const word = (pattern) => pattern.exec(said)?.[0] ?? "";
  const link = word(/http:\S+#ticket=\S+/);
  return { url: new URL(link).origin, link, key: word(/hk_[\w-]+/), stop, said: () => said };
}
