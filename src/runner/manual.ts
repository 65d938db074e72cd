import { writeFileSync } from "node:fs";
import { filesOf } from "./exit-record.ts";
import type { Runner } from "./runner.ts";

/** For a person who runs the command, and hands in what it measured: nothing happens here. */
export function manualRunner(): Runner {
  return {
    name: "manual",
    async submit(job) {
      writeFileSync(filesOf(job.folder).job, JSON.stringify(job));
      const nothing = () => {};
      return { process: undefined, start: nothing, abandon: nothing, ended: async () => {} };
    },
    poll: () => ({ is: "waiting" }),
    cancel: () => false,
    logs: ({ folder }) => filesOf(folder).log,
  };
}
