// The command that publishes what a form says. Pure.
import { quoted } from "@/pages/deliveries/request";

interface Said { type: string; version: number; source: string; data: string; metadata: string }

/** For a shell that has the key in `HOOKLEDGER_KEY`. The data stands there as it was written, so that no number is rounded. */
export function publishCurl(origin: string, { type, version, source, data, metadata }: Said): string {
  const members = [["type", JSON.stringify(type)], ["version", String(version)], ...(source ? [["source", JSON.stringify(source)]] : []), ["data", data], ...(metadata.trim() ? [["metadata", metadata]] : [])];
  const body = `{${members.map(([name, value]) => `"${name}":${value}`).join(",")}}`;
  return [`curl -sS ${quoted(`${origin}/v1/events`)}`, '  -H "Authorization: Bearer $HOOKLEDGER_KEY"', "  -H 'Content-Type: application/json'", `  -d ${quoted(body)}`].join(" \\\n");
}
