// A second opinion on the vectors beside this file: none of the crate's code, only Node's own cryptography.
//
//   node check.mjs            exits 0 when every vector holds, 1 when one does not, naming it
//
// It signs every case again and compares the headers, verifies each with every key alone, and makes sure that
// nothing in refused.json verifies.

import { createHmac, createPrivateKey, createPublicKey, sign, timingSafeEqual, verify } from "node:crypto";
import { readFileSync } from "node:fs";

const FILES = ["v1.json", "v1a.json", "sha512.json", "rotation.json"];
const HEADERS = { v1: "webhook-signature", v1a: "webhook-signature", v1s512: "hookledger-signature-sha512" };
const HASHES = { v1: "sha256", v1s512: "sha512" };
// What stands before the 32 bytes of an ed25519 key in DER.
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI = Buffer.from("302a300506032b6570032100", "hex");

const load = (file) => JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8")).cases;

const decode = (text, prefix) => {
  if (!text.startsWith(prefix)) throw new Error(`${text} does not start with ${prefix}`);
  return Buffer.from(text.slice(prefix.length), "base64");
};

const privateKey = (key) =>
  createPrivateKey({ key: Buffer.concat([PKCS8, decode(key.private, "whsk_")]), format: "der", type: "pkcs8" });

const publicKey = (key) =>
  createPublicKey({ key: Buffer.concat([SPKI, decode(key.public, "whpk_")]), format: "der", type: "spki" });

const content = ({ headers, body }) => {
  const bytes = body.text === undefined ? Buffer.from(body.base64, "base64") : Buffer.from(body.text, "utf8");
  return Buffer.concat([Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.`), bytes]);
};

const signature = (key, message) =>
  key.scheme === "v1a"
    ? sign(null, message, privateKey(key))
    : createHmac(HASHES[key.scheme], decode(key.secret, "whsec_")).update(message).digest();

const matches = (key, message, given) => {
  if (key.scheme === "v1a") return given.length === 64 && verify(null, message, publicKey(key), given);
  const expected = signature(key, message);
  return given.length === expected.length && timingSafeEqual(given, expected);
};

// Whether a receiver that holds this key alone believes the message.
const accepts = (key, vector) => {
  const { "webhook-id": id, "webhook-timestamp": timestamp } = vector.headers;
  const entries = vector.headers[HEADERS[key.scheme]];
  if (!id || !/^[!-~]+$/.test(id) || id.includes(".") || !/^(0|[1-9][0-9]*)$/.test(timestamp ?? "") || !entries) return false;
  return entries.split(" ").some((entry) => {
    const [scheme, encoded, ...rest] = entry.split(",");
    return scheme === key.scheme && encoded !== undefined && rest.length === 0
      && matches(key, content(vector), Buffer.from(encoded, "base64"));
  });
};

const signedHeaders = (vector) => {
  const headers = {};
  for (const key of vector.keys) {
    const entry = `${key.scheme},${signature(key, content(vector)).toString("base64")}`;
    const name = HEADERS[key.scheme];
    headers[name] = headers[name] === undefined ? entry : `${headers[name]} ${entry}`;
  }
  return headers;
};

const failures = [];
let held = 0;
const expect = (what, holds) => (holds ? (held += 1) : failures.push(what));

for (const file of FILES) {
  for (const vector of load(file)) {
    const signed = signedHeaders(vector);
    for (const name of new Set(Object.values(HEADERS))) {
      expect(`${file}: ${vector.name}: ${name}`, signed[name] === vector.headers[name]);
    }
    for (const key of vector.keys) {
      expect(`${file}: ${vector.name}: accepted by ${key.scheme}`, accepts(key, vector));
      if (key.scheme === "v1a") {
        const derived = createPublicKey(privateKey(key)).export({ format: "der", type: "spki" });
        const given = publicKey(key).export({ format: "der", type: "spki" });
        expect(`${file}: ${vector.name}: both halves of the pair`, derived.equals(given));
      }
    }
  }
}
for (const vector of load("refused.json")) {
  expect(`refused.json: ${vector.name}`, !vector.keys.some((key) => accepts(key, vector)));
}

for (const failure of failures) console.error(`does not hold: ${failure}`);
console.log(`${held} checks hold, ${failures.length} do not`);
process.exit(failures.length === 0 && held > 0 ? 0 : 1);
