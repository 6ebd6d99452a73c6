// What there is to know of an event type at a glance.
import { IconAlertTriangle, IconArchive, IconBuildingCommunity } from "@tabler/icons-react";

import { Status } from "@/ui/status";

import type { TypeRowFragment } from "./types.generated";

type Type = Pick<TypeRowFragment, "archived" | "origin" | "deprecations">;

/** Of the whole type, or of one of its versions: what says that it should not be used any more. */
export const deprecationOf = ({ deprecations }: Pick<Type, "deprecations">, version?: number) =>
  deprecations.find((one) => one.version == null) ?? (version === undefined ? undefined : deprecations.find((one) => one.version === version));

export function TypeBadges({ type }: { type: Type }) {
  const deprecation = deprecationOf(type);
  return (
    <span style={{ display: "inline-flex", gap: 6, flexWrap: "wrap" }}>
      {type.archived ? <Status tone="idle" icon={IconArchive}>Archived</Status> : null}
      {deprecation ? <Status tone="warn" icon={IconAlertTriangle}>Deprecated</Status> : null}
      {type.origin === "PLATFORM" ? <Status tone="info" icon={IconBuildingCommunity}>Platform</Status> : null}
    </span>
  );
}
