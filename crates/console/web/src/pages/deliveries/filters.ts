// The filters of deliveries between the address and the API. Pure.
import type { DeadLetterReason, DeliveryFilterInput, DeliveryState, StatusClass } from "@/api/schema.generated";
import type { DeliverySearch } from "@/app/router";
import { DELIVERY_STATES } from "@/ui/status";

import { REASONS } from "./reasons";

export const STATUS_CLASSES: Record<StatusClass, string> = {
  SUCCESS: "2xx", REDIRECT: "3xx", CLIENT_ERROR: "4xx", SERVER_ERROR: "5xx", NO_RESPONSE: "no response", NO_ATTEMPT: "never sent",
};
/** The classes of errors that are met most; any other can be typed. */
export const ERROR_CLASSES = [
  "connect_refused", "connect_timeout", "dns_not_found", "dns_failed", "tls_handshake", "tls_certificate", "timeout", "reset", "address_denied",
];

export const statesOf = (search: DeliverySearch): DeliveryState[] =>
  (search.state ?? "").split(",").filter((state): state is DeliveryState => (DELIVERY_STATES as string[]).includes(state));

const instant = (text: string | undefined) => {
  const time = text ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? null : new Date(time).toISOString();
};

/** What the address says, as a filter of the API. What it says wrongly is left out. */
export function filterOf(search: DeliverySearch, fixed: Partial<DeliveryFilterInput> = {}): DeliveryFilterInput {
  const statusClass = search.answer && search.answer in STATUS_CLASSES ? (search.answer as StatusClass) : null;
  return {
    states: statesOf(search),
    subscriptionId: search.subscription || null,
    eventId: search.event || null,
    eventType: search.type || null,
    statusClass,
    errorClass: search.error || null,
    lastStatus: /^\d{3}$/.test(search.status ?? "") ? Number(search.status) : null,
    deadLetterReason: search.reason && search.reason in REASONS ? (search.reason as DeadLetterReason) : null,
    acceptedFrom: instant(search.from),
    acceptedBefore: instant(search.to),
    ...fixed,
  };
}

interface Row { state: DeliveryState; lastStatus?: number | null; lastErrorClass?: string | null; deadLetterReason?: DeadLetterReason | null; attemptCount: number; eventType: string; eventId: string; subscriptionId: string; createdAt: string }

/** Whether a delivery that the feed told of belongs into the list. */
export function belongs(row: Row, filter: DeliveryFilterInput): boolean {
  const { states, subscriptionId, eventId, eventType, statusClass, errorClass, lastStatus, deadLetterReason, acceptedFrom, acceptedBefore } = filter;
  if (states && states.length > 0 && !states.includes(row.state)) return false;
  if (subscriptionId && row.subscriptionId !== subscriptionId) return false;
  if (eventId && row.eventId !== eventId) return false;
  if (eventType && !(eventType.endsWith(".*") ? row.eventType.startsWith(eventType.slice(0, -1)) : row.eventType === eventType)) return false;
  if (statusClass && classOf(row) !== statusClass) return false;
  if (errorClass && row.lastErrorClass !== errorClass) return false;
  if (lastStatus != null && row.lastStatus !== lastStatus) return false;
  if (deadLetterReason && row.deadLetterReason !== deadLetterReason) return false;
  if (acceptedFrom && row.createdAt < acceptedFrom) return false;
  return !(acceptedBefore && row.createdAt >= acceptedBefore);
}

function classOf(row: Row): StatusClass | null {
  if (row.lastStatus == null) return row.attemptCount > 0 ? "NO_RESPONSE" : "NO_ATTEMPT";
  const classes: StatusClass[] = ["SUCCESS", "REDIRECT", "CLIENT_ERROR", "SERVER_ERROR"];
  return classes[Math.floor(row.lastStatus / 100) - 2] ?? null;
}

/** An instant as `<input type="datetime-local">` has it, in the viewer's zone. */
export function localInput(iso: string | undefined): string {
  const time = iso ? Date.parse(iso) : Number.NaN;
  if (Number.isNaN(time)) return "";
  return new Date(time - new Date(time).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
