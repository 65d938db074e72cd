import { isDead, parseIdentity } from "../system/process-identity.ts";
import type { Attempt } from "../tree/attempt.ts";

/** Whether somebody is, or may be, behind an attempt that has not ended. */
export function isLive({ where, process: runBy }: Attempt): boolean {
  if (where === "manual") return true;
  const identity = runBy === undefined ? undefined : parseIdentity(runBy);
  return identity !== undefined && !isDead(identity);
}
