// Whether a request is signed as a receiver would want it.
import { IconCheck, IconQuestionMark, IconShieldOff, IconX, type Icon } from "@tabler/icons-react";

import type { SignatureVerdict } from "@/api/schema.generated";
import { Status, type Tone } from "@/ui/status";

const VERDICTS: Record<SignatureVerdict, { tone: Tone; icon: Icon; label: string }> = {
  VALID: { tone: "good", icon: IconCheck, label: "Verified" },
  INVALID: { tone: "bad", icon: IconX, label: "Not verified" },
  UNSIGNED: { tone: "warn", icon: IconShieldOff, label: "Unsigned" },
  NO_SUBSCRIPTION: { tone: "idle", icon: IconQuestionMark, label: "Of nobody" },
};

export function Verdict({ verdict }: { verdict: SignatureVerdict }) {
  const { tone, icon, label } = VERDICTS[verdict];
  return <Status tone={tone} icon={icon}>{label}</Status>;
}
