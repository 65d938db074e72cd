import { localRunner } from "../runner/local.ts";
import { manualRunner } from "../runner/manual.ts";
import type { Runner } from "../runner/runner.ts";

/** All places where experiments can run, by the name that an attempt has for them. */
const runners: Readonly<Record<string, () => Runner>> = { local: localRunner, manual: manualRunner };

/** The runner of an attempt; one that this version does not know was none of ours. */
export function runnerNamed(name = "local"): Runner {
  return (Object.hasOwn(runners, name) ? (runners[name] as () => Runner) : localRunner)();
}
