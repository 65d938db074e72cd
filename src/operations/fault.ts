import type { Finding } from "../tree/finding.ts";

/** A finding with what mends it. */
export interface Fault extends Finding {
  readonly mend?: () => Promise<void>;
}

/** Something that is no fault, but worth knowing. */
export interface Note {
  readonly node_id: string | null;
  readonly message: string;
}
