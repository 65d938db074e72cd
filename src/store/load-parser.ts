/** What parses YAML: most calls need none of it, and it takes as long to load as all the rest. */
export type Parser = typeof import("./tree-source.ts");

export function loadParser(): Promise<Parser> {
  return import("./tree-source.ts");
}
