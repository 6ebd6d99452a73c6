// A page that is signed in, and everything that went wrong on it.

/** A context of its own: another person, or another browser. */
export async function visitor(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: "en-GB", timezoneId: "Europe/Berlin", ...options });
  const page = await context.newPage();
  const problems = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problems.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(String(error)));
  // Generous, for machines on which compilers run as well.
  page.setDefaultTimeout(Number(process.env.PATIENCE_MS ?? 60_000));
  return { page, context, problems };
}

/** Signs in with a key, by the form that people use. */
export async function signIn(page, server) {
  await page.goto(`${server.url}/console/`);
  await page.getByLabel("API key").fill(server.key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Main" }).waitFor({ state: "attached" });
}

/** Waits for a condition that is not on the page. */
export async function until(what, ask, patienceMs = 60_000) {
  const end = Date.now() + patienceMs;
  for (;;) {
    const found = await ask();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
