// Runs tests one after the other, and ends in the line that `cargo xtask test` counts.

const tests = [];

/** One thing that somebody does. */
export function test(name, run) {
  tests.push({ name, run });
}

/** Runs all of them, or those whose name has one of `wanted`, which are divided by `|`, in it; says how each went. */
export async function runAll(wanted = "") {
  let [passed, failed] = [0, 0];
  for (const { name, run } of tests.filter((one) => wanted.split("|").some((part) => one.name.includes(part)))) {
    const started = Date.now();
    try {
      await run();
      passed += 1;
      console.log(`test ${name} ... ok (${((Date.now() - started) / 1000).toFixed(1)} s)`);
    } catch (error) {
      failed += 1;
      // What was added to the message later is not in the stack.
      console.log(`test ${name} ... FAILED\n${error.stack ?? ""}\n${error.message ?? error}\n`);
    }
  }
  console.log(`\ntest result: ${failed === 0 ? "ok" : "FAILED"}. ${passed} passed; ${failed} failed; 0 ignored`);
  return failed === 0;
}
