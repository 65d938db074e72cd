import { blockField, ending, type Field, flowField, type Style, sentence } from "./any-fields.ts";
import { anchored, anyGeneratedNodes, type GeneratedNode } from "./any-nodes.ts";
import { jsonLines } from "./json-lines.ts";
import { type Line, ofNodes, outside, ownedBy, ownLine, pad } from "./line.ts";
import { type Random, randomFrom } from "./random.ts";

export interface GeneratedDocument {
  readonly text: string;
  readonly lines: readonly Line[];
  readonly nodes: readonly GeneratedNode[];
  readonly layout: Layout;
}

/** How the nodes are written: as block or flow, a list or a mapping; `json` is the whole file in JSON. */
type Layout = "list" | "mapping" | "flow list" | "flow mapping" | "json";

/** A tree file as people and programs write them, the same for the same seed. */
export function anyDocument(seed: number): GeneratedDocument {
  const random = randomFrom(seed);
  const style = anyStyle(random);
  const layout = random.pick<Layout>([
    "list",
    "list",
    "list",
    "mapping",
    "mapping",
    "flow list",
    "flow mapping",
    "json",
  ]);
  const hasAnchors = layout !== "json" && random.chance(0.3);
  const nodes = anyGeneratedNodes(style, hasAnchors);
  const body = layout === "json" ? jsonLines(style, nodes) : [...linesBefore(style, hasAnchors)];
  if (layout !== "json") {
    body.push(...nodesBlock(style, nodes, layout));
    if (hasAnchors) body.push(...copies(nodes));
    body.push(...linesBehind(style, nodes));
  }
  const ends = random.chance(0.85) ? [outside("")] : [];
  const lines = withBlanksOfBlockScalars([...body, ...ends]);
  const lineBreak = random.chance(0.3) ? "\r\n" : "\n";
  const mark = random.chance(0.15) ? "\ufeff" : "";
  const marked = lines.map((line, i) => (i === 0 ? { ...line, text: mark + line.text } : line));
  return { text: marked.map(({ text }) => text).join(lineBreak), lines: marked, nodes, layout };
}

function withBlanksOfBlockScalars(lines: readonly Line[]): Line[] {
  const marked: Line[] = [];
  for (const [i, line] of lines.entries()) {
    const before = marked.at(-1);
    const isPart = before?.isBlockScalar && line.text === "" && i < lines.length - 1;
    marked.push(isPart ? { ...before, text: "" } : line);
  }
  return marked;
}

function anyStyle(random: Random): Style {
  const step = random.int(1, 8);
  const isOdd = random.chance(0.2);
  const quotes = random.chance(0.1) ? random.pick(["'", '"']) : "";
  let comments = 0;
  return {
    random,
    step: () => (isOdd ? random.int(1, 8) : step),
    isFlush: random.chance(0.5),
    comment: () => `# note ${++comments}`,
    quoteKey: (key) => (key === "<<" ? key : `${quotes}${key}${quotes}`),
  };
}

function commentsAt({ random, comment }: Style, column: number, probability = 0.15): string[] {
  if (!random.chance(probability)) return [];
  return random.pick([[`${pad(column)}${comment()}`], [""], ["", `${pad(column)}${comment()}`]]);
}

function linesBefore(style: Style, hasAnchors: boolean): Line[] {
  const { random } = style;
  const lines = commentsAt(style, 0, 0.4);
  if (random.chance(0.2)) lines.push(`---${ending(style)}`, ...commentsAt(style, 0));
  if (random.chance(0.7)) lines.push(`version: 1${ending(style)}`);
  const objective = { metric: "accuracy", direction: "maximize" };
  if (random.chance(0.4)) lines.push(...blockField(style, { key: "objective", map: objective }));
  if (random.chance(0.3)) lines.push(...blockField(style, { key: "about", text: sentence(style) }));
  lines.push(...commentsAt(style, 0));
  if (hasAnchors) lines.push(...anchored.flatMap((field) => blockField(style, field)));
  lines.push(...commentsAt(style, 0));
  return lines.map(outside);
}

/** A whole node repeated by an alias. */
function copies(nodes: readonly GeneratedNode[]): Line[] {
  return nodes.flatMap(({ anchor }, i) => (anchor ? [outside(`copy_${i}: *${anchor}`)] : []));
}

function linesBehind(style: Style, nodes: readonly GeneratedNode[]): Line[] {
  const { random } = style;
  const lines = commentsAt(style, 0, 0.3);
  if (random.chance(0.3)) lines.push(...blockField(style, { key: "more", list: ["1", "007", "no"] }));
  if (random.chance(0.2)) lines.push(...blockField(style, { key: "author", text: sentence(style) }));
  lines.push(...commentsAt(style, 0, 0.2));
  if (random.chance(0.03) && nodes.length > 0) lines.push("...");
  return lines.map(outside);
}

function nodesBlock(style: Style, nodes: readonly GeneratedNode[], layout: Layout): Line[] {
  const { random } = style;
  const key = style.quoteKey("nodes");
  const isMapping = layout === "mapping" || layout === "flow mapping";
  if (nodes.length === 0)
    return [ofNodes(`${key}:${random.pick(["", " []", isMapping ? " {}" : " []"])}${ending(style)}`)];
  if (layout === "flow list" || layout === "flow mapping") return flowNodes(style, nodes, isMapping);
  const column = !isMapping && style.isFlush ? 0 : style.step();
  const isSpaced = random.chance(0.3);
  return [
    ofNodes(`${key}:${ending(style)}`),
    ...nodes.flatMap((node, i) => [
      ...(isSpaced && i > 0 ? [outside("")] : []),
      ...commentsAt(style, column).map(outside),
      ...(isMapping ? mappingNode(style, node, column) : listNode(style, node, column)),
    ]),
  ];
}

/** `nodes: [{..}, {..}]` on one line or with a line for each. */
function flowNodes(style: Style, nodes: readonly GeneratedNode[], isMapping: boolean): Line[] {
  const { random } = style;
  const key = style.quoteKey("nodes");
  const written = nodes.map((node) => `${isMapping ? `${node.id}: ` : ""}${flowNode(style, node, isMapping)}`);
  const [open, close] = isMapping ? ["{", "}"] : ["[", "]"];
  if (random.chance(0.3)) {
    const line = ofNodes(`${key}: ${open}${written.join(", ")}${close}${ending(style)}`);
    return [{ ...line, owners: nodes.map(({ id }) => id), isChildren: true }];
  }
  const indent = pad(style.step());
  return [
    ofNodes(`${key}: ${open}${ending(style)}`),
    ...written.flatMap((text, i) => {
      const comma = i < nodes.length - 1 || random.chance(0.2) ? "," : "";
      const line = outside(`${indent}${text}${comma}${ending(style)}`);
      return [...commentsAt(style, indent.length).map(outside), ownedBy(nodes[i] as GeneratedNode)(line)];
    }),
    ofNodes(`${indent}${close}${ending(style)}`),
  ];
}

function flowNode(style: Style, node: GeneratedNode, isMapping: boolean): string {
  return `{${flowFields(style, node, isMapping).join(", ")}}`;
}

function flowFields(style: Style, node: GeneratedNode, isMapping: boolean): string[] {
  const fields = withId(style, node, isMapping).filter((field) => !("raw" in field && /^(#.*)?$/.test(field.raw)));
  return fields.map((field) => flowField(style, field));
}

function withId({ random }: Style, { id, fields }: GeneratedNode, isMapping: boolean): readonly Field[] {
  if (isMapping && random.chance(0.6) && fields.length > 0) return fields;
  return fields.toSpliced(random.chance(0.8) ? 0 : random.int(0, fields.length), 0, { key: "node_id", text: id });
}

function listNode(style: Style, node: GeneratedNode, column: number): Line[] {
  const { random } = style;
  const own = ownedBy(node);
  if (random.chance(0.15)) return flowLines(style, node, `${pad(column)}- `, column, false);
  const isAnchored = random.chance(0.02) && node.fields.some(({ key }) => key === "<<");
  if (isAnchored) node.anchor = `whole_${node.id.replace("-", "_")}`;
  const gap = random.chance(0.2) ? random.int(1, 4) : 1;
  if (isAnchored || random.chance(0.08)) {
    const dash = outside(`${pad(column)}-${node.anchor ? ` &${node.anchor}` : ""}${ending(style)}`);
    return [own(dash), ...blockNode(style, node, column + style.step(), false)];
  }
  const [first, ...rest] = blockNode(style, node, column + 1 + gap, false) as [Line, ...Line[]];
  return [{ ...first, text: `${pad(column)}-${first.text.slice(column + 1)}` }, ...rest];
}

function mappingNode(style: Style, node: GeneratedNode, column: number): Line[] {
  const key = `${pad(column)}${style.quoteKey(node.id)}:`;
  if (style.random.chance(0.15)) return flowLines(style, node, `${key} `, column, true);
  return [ownedBy(node)(outside(`${key}${ending(style)}`)), ...blockNode(style, node, column + style.step(), true)];
}

/** `- {..}` or `id: {..}` on one line, or with a line for each field. */
function flowLines(style: Style, node: GeneratedNode, start: string, column: number, isMapping: boolean): Line[] {
  const own = ownedBy(node);
  const fields = flowFields(style, node, isMapping);
  if (style.random.chance(0.6)) return [own(outside(`${start}{${fields.join(", ")}}${ending(style)}`))];
  const indent = pad(column + style.step());
  const hasChildren = node.fields.some(({ key }) => key === "children");
  const lines = fields.map((field, i) => {
    const isLast = i === fields.length - 1;
    const line = own(outside(`${indent}${field}${isLast ? "" : ","}${ending(style)}`));
    // Without `children` they go behind the last field, and a comma before them.
    return { ...line, isChildren: hasChildren ? /^["']?children["']?:/.test(field) : isLast };
  });
  const [open, close] = [`${start}{${ending(style)}`, `${indent}}${ending(style)}`].map((line) =>
    ownLine(node, line, ""),
  );
  return [open as Line, ...lines, close as Line];
}

function blockNode(style: Style, node: GeneratedNode, column: number, isMapping: boolean): Line[] {
  const fields = withId(style, node, isMapping);
  return fields.flatMap((field, i) => {
    const lines = blockField(style, field).map((line) => ownLine(node, line && pad(column) + line, field.key));
    const isBlockScalar = /: [|>][-+]?( |$)/.test(lines[0]?.text ?? "");
    const isLast = i === fields.length - 1;
    const comments = isLast && style.random.chance(0.7) ? [] : commentsAt(style, column, 0.1);
    // Behind the last field a blank line parts the node from what follows.
    const owned = comments.map((line) => (isLast && comments[0] === "" ? outside(line) : ownLine(node, line, "")));
    return [...lines.map((line) => ({ ...line, isBlockScalar })), ...owned];
  });
}
