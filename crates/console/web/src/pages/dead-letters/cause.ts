// What dead letters of a group have in common, in words. Pure.
import type { DeadLetterReason, DeliveryFilterInput, StatusClass } from "@/api/schema.generated";
import { REASONS } from "@/pages/deliveries/reasons";

export interface Cause { reason: DeadLetterReason; lastStatus?: number | null; lastErrorClass?: string | null }

/** The last answer, and why no attempt is left. */
export function causeWords({ reason, lastStatus, lastErrorClass }: Cause): string {
  const answer = lastStatus != null ? `Answered ${lastStatus}` : lastErrorClass ? `No answer: ${lastErrorClass}` : "Never sent";
  return `${answer}; ${REASONS[reason]}`;
}

/** Those of which nothing was ever sent have that in common, and no answer. */
const answerOf = ({ lastStatus, lastErrorClass }: Cause): StatusClass | null => (lastStatus == null && !lastErrorClass ? "NO_ATTEMPT" : null);

/** The filter that selects the group, and nothing else. */
export function filterOfGroup(group: Cause & { subscriptionId: string }): DeliveryFilterInput {
  const { reason, lastStatus, lastErrorClass, subscriptionId } = group;
  return { states: ["DEAD_LETTERED"], subscriptionId, deadLetterReason: reason, statusClass: answerOf(group), lastStatus: lastStatus ?? null, errorClass: lastErrorClass ?? null };
}

/** The same as what the address says. */
export function searchOfGroup(group: Cause & { subscriptionId: string }) {
  const { reason, lastStatus, lastErrorClass, subscriptionId } = group;
  return { view: "list", subscription: subscriptionId, reason, answer: answerOf(group) ?? undefined, status: lastStatus != null ? String(lastStatus) : undefined, error: lastErrorClass ?? undefined };
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
