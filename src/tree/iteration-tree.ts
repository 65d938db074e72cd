import type * as z from "zod/mini";
import type { Objective } from "./results.ts";
import type { nodeSchema } from "./tree-schema.ts";

export { type Status, statuses } from "./status.ts";

export type IterationNode = Readonly<z.output<typeof nodeSchema>>;
export type Worktree = NonNullable<IterationNode["worktree"]>;

/** The whole file as a value; `nodes` in file order whichever form the file has. */
export interface IterationTree {
  readonly version?: number | string | null | undefined;
  readonly objective?: Objective | undefined;
  readonly protected?: readonly string[] | undefined;
  readonly budget?:
    | {
        readonly run?: string | undefined;
        readonly total?: string | undefined;
        readonly nodes?: number | null | undefined;
      }
    | undefined;
  readonly metrics?:
    | {
        readonly results_file?: string | undefined;
        readonly patterns?: Readonly<Record<string, string>> | null | undefined;
      }
    | undefined;
  readonly nodes: readonly IterationNode[];
  readonly [key: string]: unknown;
}

export const emptyTree: IterationTree = { version: 1, nodes: [] };
