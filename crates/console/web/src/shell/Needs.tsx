// Pages that are of use only to whoever has a scope.
import { IconLock } from "@tabler/icons-react";
import type { ReactNode } from "react";

import type { Scope } from "@/api/schema.generated";
import { Notice } from "@/ui/states";

import { useMay } from "./viewer";

/** What is in it, or that the scope for it is missing: nobody fills in a form that is refused at its end. */
export function Needs({ scope, to, children }: { scope: Scope; to: string; children: ReactNode }) {
  const may = useMay(scope);
  return may ? children : <Notice icon={IconLock} title={`Your key may not ${to}`}>Sign in with a key that has the scope {scope.toLowerCase()}.</Notice>;
}
