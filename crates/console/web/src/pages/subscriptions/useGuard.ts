// Asking before unsaved changes are left behind.
import { useBlocker } from "@tanstack/react-router";

/** Blocks navigation while `dirty`; `let` of the result goes on or stays. */
export function useGuard(dirty: boolean) {
  return useBlocker({ shouldBlockFn: () => dirty, enableBeforeUnload: () => dirty, withResolver: true });
}
