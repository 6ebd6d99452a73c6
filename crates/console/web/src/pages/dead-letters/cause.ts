// What dead letters of a group have in common, in words. Pure.
import type { DeadLetterReason, DeliveryFilterInput } from "@/api/schema.generated";
import { REASONS } from "@/pages/deliveries/reasons";

export interface Cause { reason: DeadLetterReason; lastStatus?: number | null; lastErrorClass?: string | null }

/** The last answer, and why no attempt is left. */
export function causeWords({ reason, lastStatus, lastErrorClass }: Cause): string {
  const answer = lastStatus != null ? `Answered ${lastStatus}` : lastErrorClass ? `No answer: ${lastErrorClass}` : "Never sent";
  return `${answer}; ${REASONS[reason]}`;
}

/** The filter that selects the group, and nothing else as far as a filter can tell. */
export function filterOfGroup({ reason, lastStatus, lastErrorClass, subscriptionId }: Cause & { subscriptionId: string }): DeliveryFilterInput {
  return { states: ["DEAD_LETTERED"], subscriptionId, deadLetterReason: reason, lastStatus: lastStatus ?? null, errorClass: lastErrorClass ?? null };
}

/** The same as what the address says. */
export function searchOfGroup({ reason, lastStatus, lastErrorClass, subscriptionId }: Cause & { subscriptionId: string }) {
  return { view: "list", subscription: subscriptionId, reason, status: lastStatus != null ? String(lastStatus) : undefined, error: lastErrorClass ?? undefined };
}

/** A recorded selection in words; what it says nothing of is not restricted. */
export function selectionWords(selection: unknown): string {
  const said = (typeof selection === "object" && selection !== null ? selection : {}) as Record<string, string | number | undefined>;
  const plain = (word: string | number) => String(word).replaceAll("_", " ");
  const parts = [
    said.subscription && `of ${said.subscription}`,
    said.event && `of ${said.event}`,
    said.event_type && `of type ${said.event_type}`,
    said.status ? `answered ${said.status}` : said.answer && `answered with ${plain(said.answer)}`,
    said.error_class && `with ${said.error_class}`,
    said.dead_letter_reason && `because of ${plain(said.dead_letter_reason)}`,
    said.from && `accepted from ${said.from}`,
    said.before && `accepted before ${said.before}`,
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(", ") : "all of them";
}
