// The forms in which events are sent.
import type { DeliveryFormat } from "@/api/schema.generated";

export const FORMATS: Record<DeliveryFormat, { label: string; about: string }> = {
  STANDARD_WEBHOOKS: { label: "Standard Webhooks", about: "One JSON object with type, timestamp and data. The signature covers all of it." },
  CLOUDEVENTS_STRUCTURED: { label: "CloudEvents, structured", about: "Attributes and data in one JSON object. The signature covers all of it." },
  CLOUDEVENTS_BINARY: { label: "CloudEvents, binary", about: "The body is the data, attributes are ce- headers. The signature covers the body only." },
};
