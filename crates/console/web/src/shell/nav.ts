// What there is, in the order of the navigation.
import {
  IconActivity, IconBolt, IconBraces, IconCategory, IconFlask, IconInbox, IconKey, IconSend, IconSkull, IconTargetArrow, IconWebhook, type Icon,
} from "@tabler/icons-react";

export interface Place {
  to: "/" | "/subscriptions" | "/events" | "/deliveries" | "/dead-letters" | "/event-types" | "/playground" | "/inboxes" | "/publish" | "/api-keys" | "/explorer";
  label: string;
  icon: Icon;
  about: string;
}

export const PLACES: { head?: string; places: Place[] }[] = [
  {
    places: [
      { to: "/", label: "Overview", icon: IconActivity, about: "What happens now" },
      { to: "/subscriptions", label: "Subscriptions", icon: IconWebhook, about: "Which events go where" },
      { to: "/events", label: "Events", icon: IconBolt, about: "What was published" },
      { to: "/deliveries", label: "Deliveries", icon: IconSend, about: "What was sent, and what came back" },
      { to: "/dead-letters", label: "Dead letters", icon: IconSkull, about: "What was given up" },
    ],
  },
  {
    head: "Build",
    places: [
      { to: "/event-types", label: "Event types", icon: IconCategory, about: "What may be published" },
      { to: "/playground", label: "Playground", icon: IconFlask, about: "Try an event on a subscription, without sending or for real" },
      { to: "/inboxes", label: "Inboxes", icon: IconInbox, about: "Throw-away receivers" },
      { to: "/publish", label: "Publish an event", icon: IconTargetArrow, about: "Send one by hand" },
      { to: "/explorer", label: "API explorer", icon: IconBraces, about: "Ask the GraphQL API" },
      { to: "/api-keys", label: "API keys", icon: IconKey, about: "Who may do what" },
    ],
  },
];
