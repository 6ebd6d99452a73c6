// Writes the TypeScript of the API's schema, and beside each `.graphql` file the types of what it asks for.
//
//   node scripts/codegen.mjs [--check]
//
// With `--check` nothing is written; the exit code says whether anything would change.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { codegen } from "@graphql-codegen/core";
import { preset } from "@graphql-codegen/near-operation-file-preset";
import * as typedDocumentNode from "@graphql-codegen/typed-document-node";
import * as typescript from "@graphql-codegen/typescript";
import * as operations from "@graphql-codegen/typescript-operations";
import { buildASTSchema, parse } from "graphql";
import { walk } from "./files.mjs";

const web = join(dirname(fileURLToPath(import.meta.url)), "..");
const check = process.argv.includes("--check");
const schema = parse(readFileSync(join(web, "../../../schemas/graphql/schema.graphql"), "utf8"));
const schemaAst = buildASTSchema(schema);
const header = "// Made by `npm run codegen` from the API's schema. Do not edit.\n/* eslint-disable */\n";
const config = {
  enumsAsTypes: true,
  useTypeImports: true,
  skipTypename: false,
  nonOptionalTypename: true,
  dedupeFragments: true,
  optimizeDocumentNode: true,
  defaultScalarType: "unknown",
  onlyOperationTypes: true,
  scalars: { DateTime: "string", JSON: "unknown", Position: "string", Version: "number", ID: "string" },
};
const documents = walk(join(web, "src"), ".graphql").map((file) => ({
  location: relative(web, file),
  document: parse(readFileSync(file, "utf8")),
}));

process.chdir(web);
const outputs = [
  { filename: "src/api/schema.generated.ts", documents: [], plugins: [{ typescript: {} }], pluginMap: { typescript }, schema, schemaAst, config },
];
const sections = await preset.buildGeneratesSection({
  baseOutputDir: "src",
  presetConfig: { extension: ".generated.ts", baseTypesPath: "api/schema.generated.ts", importTypesNamespace: "Types" },
  schema,
  schemaAst,
  documents,
  config,
  pluginMap: { "typescript-operations": operations, "typed-document-node": typedDocumentNode },
  plugins: [{ "typescript-operations": {} }, { "typed-document-node": {} }],
});
let stale = 0;
for (const output of [...outputs, ...sections]) {
  const text = header + (await codegen(output));
  const file = join(web, output.filename);
  let found = "";
  try {
    found = readFileSync(file, "utf8");
  } catch {
    // It does not exist yet.
  }
  if (found === text) continue;
  stale += 1;
  if (check) console.error(`${output.filename} no longer matches: run \`cargo xtask codegen\` and commit the result`);
  else writeFileSync(file, text);
}
if (check && stale > 0) process.exit(1);
console.log(`${sections.length} documents, ${stale} ${check ? "stale" : "written"}`);
