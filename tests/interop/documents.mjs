// Has other people's validators judge the documents that the server shows.
//
// `asyncapi FILE`: @asyncapi/parser, which also validates the examples of messages.
// `openapi FILE`: Redocly's rules for what the OpenAPI specification demands, which know version 3.2.
// Prints what each found, as JSON: `errors`, and how much of the document it understood.

import { readFileSync } from "node:fs";

const [, , kind, file] = process.argv;
const source = readFileSync(file, "utf8");

async function asyncapi() {
  const { Parser } = await import("@asyncapi/parser");
  const { document, diagnostics } = await new Parser().parse(source);
  const errors = diagnostics.filter((found) => found.severity === 0);
  return {
    errors: errors.map((found) => `${found.path.join("/")}: ${found.message}`),
    version: document?.version(),
    messages: document?.allMessages().length ?? 0,
    operations: document?.allOperations().length ?? 0,
  };
}

async function openapi() {
  const { createConfig, lintFromString } = await import("@redocly/openapi-core");
  const config = await createConfig({ extends: ["spec"] });
  const problems = await lintFromString({ source, config, absoluteRef: file });
  const errors = problems.map((found) => `${found.location?.[0]?.pointer}: ${found.message}`);
  const document = JSON.parse(source);
  return { errors, version: document.openapi, webhooks: Object.keys(document.webhooks ?? {}).length };
}

console.log(JSON.stringify(await (kind === "asyncapi" ? asyncapi() : openapi())));
