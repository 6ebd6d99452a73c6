// Who did something.
import type { ActorPartsFragment } from "@/api/page.generated";

import { IdChip } from "./copy";

const NAMES = { API_KEY: "an API key", OPERATOR: "an operator", ENGINE: "the delivery engine", SYSTEM: "Hookledger" } as const;

export function ActorName({ actor }: { actor: ActorPartsFragment }) {
  return actor.apiKeyId ? <>the key <IdChip id={actor.apiKeyId} /></> : <>{NAMES[actor.kind]}</>;
}
