import { keepInStep, type Model, type ModelNode, nodeOf, unreadable } from "./state.ts";

/** What a call should do. */
export interface Outcome {
  readonly exit: number;
  /** A line of the answer. */
  readonly answer?: string;
  /** Makes the model what it is afterwards; `head` tells where a worktree is now. */
  readonly next?: (model: Model, head: (id: string) => string) => void;
  /** The node whose worktree must have a new commit afterwards. */
  readonly commits?: string;
  /** The version that the file must be again, to the byte. */
  readonly restores?: number;
}

export type Rule = (model: Model) => Outcome;

/** The rule of a command that needs the tree and one of its nodes. */
export function onNode(id: string, rule: (model: Model, node: ModelNode) => Outcome): Rule {
  return (model) => {
    const exit = unreadable(model);
    if (exit !== undefined) return { exit };
    const node = nodeOf(model, id);
    return node ? rule(model, node) : { exit: 3 };
  };
}

/** Changes the node in the model that the change is applied to, which may be a copy. */
export function change(id: string, what: (node: ModelNode, model: Model) => void): NonNullable<Outcome["next"]> {
  return (model) => {
    const node = nodeOf(model, id) as ModelNode;
    const was = JSON.stringify(node);
    what(node, model);
    if (JSON.stringify(node) !== was) keepInStep(model, [id]);
  };
}
