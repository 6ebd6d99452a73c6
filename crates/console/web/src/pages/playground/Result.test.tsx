import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { show } from "@/test/render";

import type { TestResultFragment } from "./playground.generated";
import { Result } from "./Result";

const CERTIFICATE = { __typename: "Certificate" as const, subject: "CN=hooks.example.com", issuer: "CN=Example CA", notBefore: "2026-11-01T00:00:00.000000Z", notAfter: "2026-12-01T00:00:00.000000Z", names: ["hooks.example.com"], selfIssued: false };
const step = (kind: string, ok: boolean, more: object = {}) => ({ kind, ok, durationMs: 3, detail: `about ${kind}`, tlsVersion: null, certificate: null, ...more });
const test = (connection: object[], attempt: object) => ({ id: "tst_1", at: "2026-11-20T00:00:00.000000Z", connection, attempt: { phases: { totalMs: 12 }, address: null, response: null, failure: null, ...attempt } }) as unknown as TestResultFragment;

describe("what came of a test", () => {
  it("names each step, and how long the certificate is still good", async () => {
    show(<Result test={test([step("DNS", true), step("TCP", true), step("TLS", true, { tlsVersion: "1.3", certificate: CERTIFICATE }), step("RESPONSE", true)], { response: { status: 204, headers: [], body: "", truncated: false } })} />);
    expect(await screen.findByText("TLS 1.3")).toBeInTheDocument();
    expect(screen.getByText("The certificate is good for 11 more days")).toBeInTheDocument();
    expect(screen.getAllByLabelText("went well")).toHaveLength(4);
    expect(screen.getByText("204")).toBeInTheDocument();
  });

  it("ends with the step that failed, and says why there was no answer", async () => {
    show(<Result test={test([step("DNS", true), step("TCP", false)], { failure: { class: "connect_refused", message: "Nothing listens there." } })} />);
    expect(await screen.findByText("Nothing listens there.")).toBeInTheDocument();
    expect(screen.getByLabelText("failed")).toBeInTheDocument();
    expect(screen.getByText("Not connected")).toBeInTheDocument();
    expect(screen.getByText("Until it failed")).toBeInTheDocument();
  });
});
