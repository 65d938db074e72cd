import { attemptVariable } from "./attempt-variable.ts";
import { filesOf } from "./exit-record.ts";
import { endFamily, familyOf } from "./family.ts";
import type { Job } from "./runner.ts";

/** Ends what an attempt runs whose supervisor was killed: then nobody else does. Returns how many could not be ended. */
export function endOrphans(folder: string, { token }: Job): Promise<number> {
  const { log } = filesOf(folder);
  return endFamily(familyOf({ root: undefined, entry: `${attemptVariable}=${token}`, log }), 0);
}
