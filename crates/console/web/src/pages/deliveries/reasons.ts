// Why deliveries became dead letters, in words that follow "because".
import type { DeadLetterReason } from "@/api/schema.generated";

export const REASONS: Record<DeadLetterReason, string> = {
  EXHAUSTED: "its attempts, or its time, are used up", FINAL_STATUS: "the policy calls this status final", ENDPOINT_GONE: "the endpoint answered 410 Gone",
  NOT_CASTABLE: "its data could not be cast to the version that the subscription wants",
};
