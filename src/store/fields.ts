/** What a field means decides how its source text is read: an id is text and a value is a number, whatever YAML says. */
export type Meaning =
  | "text"
  | "number"
  | "flag"
  | "any"
  | { readonly list: Meaning }
  | { readonly keyed: Meaning }
  | { readonly fields: Readonly<Record<string, Meaning>> };

const text = "text";
const number = "number";
const texts: Meaning = { list: text };
const samples: Meaning = { list: number };
const objective: Meaning = { fields: { metric: text, value: number, direction: text, samples } };

export const resultsMeaning: Meaning = {
  fields: {
    primary_metric: text,
    primary_value: number,
    direction: text,
    objectives: { list: objective },
    primary_index: number,
    samples,
    metrics: { keyed: number },
  },
};

const attemptFields: Readonly<Record<string, Meaning>> = {
  ...{
    id: number,
    where: text,
    started_at: text,
    ended_at: text,
    process: text,
    outcome: text,
    seconds: number,
    limit: number,
  },
  ...{ exit: number, signal: text, commit: text, clean: "flag", setup: text, seed: number, value: number },
  ...{ peak_mib: number, host: text, log: text },
};

const nodeMeaning: Meaning = {
  fields: {
    node_id: text,
    parent_id: text,
    description: text,
    command: text,
    working_dir: text,
    worktree: { fields: { path: text, branch: text, commit: text, from: text } },
    status: text,
    results: resultsMeaning,
    children: texts,
    reason: text,
    tags: texts,
    notes: texts,
    created_at: text,
    updated_at: text,
    recorded: { fields: { commit: text, clean: "flag", run: text, command: text } },
    attempts: { list: { fields: attemptFields } },
    before_prune: { fields: { status: text, reason: text } },
  },
};

/** `nodes` is a list or a mapping keyed by id; a mapping under `list` is read by its values, and the other way round. */
export const treeMeaning: Meaning = {
  fields: {
    version: "any",
    objective,
    protected: texts,
    metrics: { fields: { results_file: text, patterns: { keyed: text } } },
    budget: { fields: { run: text, total: text, nodes: number } },
    nodes: { list: nodeMeaning },
  },
};
