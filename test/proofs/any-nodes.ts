import { type Field, type Style, sentence } from "./any-fields.ts";

/** A node as it is generated, with what an edit of it must not touch. */
export interface GeneratedNode {
  readonly id: string;
  readonly parent: string | undefined;
  readonly children: string[];
  readonly isPruned: boolean;
  fields: readonly Field[];
  /** Fields that are an alias, or that an alias repeats: to change them is refused. */
  readonly shared: Set<string>;
  /** An anchor on the whole node, such as `&n1`, which an alias behind the nodes repeats. */
  anchor: string | undefined;
  /** Whether an alias elsewhere repeats something of this node, so that it cannot be deleted. */
  isRepeated: boolean;
}

/** What stands before `nodes` for merge keys and aliases. */
export const anchored: readonly Field[] = [
  { key: "defaults", raw: "&defaults {working_dir: src, status: waiting, tags: [a, b]}" },
  { key: "best", raw: "&best {primary_metric: accuracy, primary_value: 0.5, direction: maximize}" },
];

/** Up to six nodes, each a root or under an earlier one. `hasAnchors`: some fields are anchors, aliases or merged. */
export function anyGeneratedNodes(style: Style, hasAnchors: boolean): readonly GeneratedNode[] {
  const { random } = style;
  const nodes: GeneratedNode[] = [];
  const count = random.chance(0.04) ? 0 : random.int(1, 6);
  for (let i = 0; i < count; i++) {
    const parent = i > 0 && random.chance(0.7) ? random.pick(nodes) : undefined;
    const id = random.pick([`n${i}`, `node-${i}`, `lr_${i}`]);
    parent?.children.push(id);
    nodes.push({
      id,
      parent: parent?.id,
      children: [],
      isPruned: random.chance(0.1),
      fields: [],
      shared: new Set(),
      anchor: undefined,
      isRepeated: false,
    });
  }
  const definers = new Map<string, GeneratedNode>();
  for (const node of nodes) {
    node.fields = random.shuffle(fieldsOf(style, node)).map((field) => {
      return hasAnchors && random.chance(0.25) ? withAnchor(style, node, field, definers) : field;
    });
    if (hasAnchors && random.chance(0.25)) merge(style, node);
  }
  return nodes;
}

/** The node's fields without its id; the optional ones are there or not. */
function fieldsOf(style: Style, { id, parent, children, isPruned }: GeneratedNode): Field[] {
  const { random } = style;
  const optional = (field: Field, probability = 0.6): Field[] => (random.chance(probability) ? [field] : []);
  return [
    ...(parent === undefined ? optional({ key: "parent_id", raw: "null" }, 0.3) : [{ key: "parent_id", text: parent }]),
    ...optional({ key: "description", text: sentence(style, 9) }),
    ...optional({ key: "command", text: sentence(style) }),
    ...optional({ key: "working_dir", text: "src" }, 0.3),
    ...optional({ key: "worktree", ...worktree(style, id) }),
    ...(isPruned
      ? [{ key: "status", text: "pruned" }]
      : optional({ key: "status", text: random.pick(["pending", "running", "waiting", "failed"]) })),
    ...optional({ key: "results", ...results(style) }),
    ...optional({ key: "children", list: children }, 0.8),
    ...optional({ key: "reason", text: sentence(style) }, 0.2),
    ...optional({ key: "tags", ...random.pick([{ list: ["fast", "'two words'"] }, { text: "single" }]) }, 0.3),
    ...optional({ key: "notes", list: [sentence(style), JSON.stringify(sentence(style))] }, 0.3),
    ...optional({ key: "updated_at", text: random.pick(["2026-01-01T00:00:00Z", "x"]) }, 0.3),
    ...optional(
      { key: "extra", ...random.pick([{ list: ["1", "0777", "yes"] }, { map: { seed: 7, "7": "seven" } }]) },
      0.4,
    ),
    ...optional({ key: "my key", text: sentence(style) }, 0.2),
  ];
}

function worktree({ random }: Style, id: string) {
  const commit = random.pick([null, "12345e67", "abc"]);
  if (random.chance(0.2)) return { raw: random.pick(["null", "~", "{}", ""]) };
  return { map: { path: `.worktrees/${id}`, branch: `iter/${id}`, ...(random.chance(0.8) && { commit }) } };
}

function results({ random }: Style) {
  if (random.chance(0.4)) return { raw: random.pick(["null", "~", "{}", "", "# none so far"]) };
  const value = random.pick([0.1, 1, 25, 0.925]);
  if (random.chance(0.3)) {
    return { raw: `{objectives: [{metric: accuracy, value: ${value}, direction: maximize}], primary_index: 0}` };
  }
  return { map: { primary_metric: "accuracy", primary_value: value, direction: "maximize", seed: 3 } };
}

/** The first field of its kind gets an anchor, the later ones are aliases of it; results are an alias of `best`. */
function withAnchor(style: Style, node: GeneratedNode, field: Field, definers: Map<string, GeneratedNode>): Field {
  const { key } = field;
  if (key === "results") {
    node.shared.add(key);
    return { key, raw: "*best" };
  }
  if (!["description", "command", "extra"].includes(key)) return field;
  const definer = definers.get(key);
  if (definer) {
    for (const each of [definer, node]) each.shared.add(key);
    definer.isRepeated = true;
    return { key, raw: `*the_${key}` };
  }
  definers.set(key, node);
  return { key, raw: `&the_${key} ${key === "extra" ? "[1, 0777, yes]" : sentence(style)}` };
}

/** Takes some fields from `defaults`. */
function merge({ random }: Style, node: GeneratedNode): void {
  const own = node.fields.filter(({ key }) => key !== "working_dir" && key !== "tags");
  const at = random.int(0, own.length);
  node.fields = own.toSpliced(at, 0, { key: "<<", raw: random.pick(["*defaults", "[*defaults]"]) });
}
