import type { Finding } from "../tree/finding.ts";

/** A finding with what mends it. */
export interface Fault extends Finding {
  readonly mend?: () => Promise<void>;
}

/** Something about a node that is no fault. */
export interface Note {
  readonly node_id: string;
  readonly message: string;
}
