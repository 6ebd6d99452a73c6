// A server of one's own, as `cargo xtask up` starts it.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How long a server may take to start on a busy machine. */
const PATIENCE_MS = 60_000;

/** Starts it on free ports, with empty data; the link, the key and the address are what it printed. */
export async function startServer() {
  const folder = mkdtempSync(join(tmpdir(), "hookledger-console-"));
  let running = await run(folder, "127.0.0.1:0");
  const word = (pattern) => pattern.exec(running.said())?.[0] ?? "";
  const link = word(/http:\S+#ticket=\S+/);
  const { origin: url, host } = new URL(link);
  const stop = async () => {
    await running.end();
    rmSync(folder, { recursive: true, force: true });
  };
  // It can go away, and come back at the same address, on the same data.
  const away = () => running.end();
  const back = async () => { running = await run(folder, host); };
  return { url, link, key: word(/hk_[\w-]+/), stop, away, back };
}

/** One run of it: what it says, and its end. */
async function run(folder, listen) {
  const program = process.env.HOOKLEDGER_BIN;
  if (!program) throw new Error("HOOKLEDGER_BIN names the server; `cargo xtask test` sets it");
  const child = spawn(program, ["dev", "--data", join(folder, "data"), "--listen", listen, "--inbox", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  await new Promise((done, fail) => {
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
  const end = () => new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) return done();
    child.removeAllListeners("exit");
    child.on("exit", done);
    child.kill("SIGINT");
  });
  return { said: () => said, end };
}
