// Who is signed in, and what they may do.
import { createContext, useContext } from "react";

import type { Scope } from "@/api/schema.generated";

import type { ViewerQuery } from "./viewer.generated";

export const ViewerContext = createContext<ViewerQuery | null>(null);

/** Who is signed in. */
export function useViewer(): ViewerQuery {
  const viewer = useContext(ViewerContext);
  if (!viewer) throw new Error("pages are shown to somebody");
  return viewer;
}

/** Whether whoever is signed in has a scope. What they lack is left out or disabled, and the server refuses it anyway. */
export function useMay(scope: Scope): boolean {
  return useViewer().viewer.scopes.includes(scope);
}
