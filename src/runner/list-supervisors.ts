import { join, sep } from "node:path";
import { isThere } from "../system/is-there.ts";
import { listCommands } from "../system/process-table.ts";
import { filesOf } from "./exit-record.ts";

/** The supervisors on this machine whose experiments, in folders below `runs`, have begun; each with what its folder is called there. */
export function listSupervisors(runs: string): readonly { readonly pid: number; readonly name: string }[] {
  return listCommands().flatMap(({ pid, command }) => {
    const [, name] = command.trimEnd().split(`supervise.js ${runs}${sep}`);
    return name && isThere(filesOf(join(runs, name)).log) ? [{ pid, name }] : [];
  });
}
