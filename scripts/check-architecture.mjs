// Holds the imports against ARCHITECTURE.md's table. Fails when nothing was seen, which would pass everything.
import { cruise } from "dependency-cruiser";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";

/** What each folder may import of the project, and which packages. `node:` is free but for tree/ and render/. */
const allowed = {
  tree: { folders: ["tree"], packages: ["zod"], node: false },
  system: { folders: ["system"], packages: [], node: true },
  store: { folders: ["store", "tree", "system"], packages: ["yaml"], node: true },
  git: { folders: ["git", "tree", "system"], packages: ["simple-git"], node: true },
  render: { folders: ["render", "tree"], packages: ["chalk", "fast-string-width"], node: false },
  runner: { folders: ["runner", "tree", "system"], packages: [], node: true },
  operations: { folders: ["operations", "tree", "store", "git", "runner", "system"], packages: [], node: true },
  commands: {
    folders: ["operations", "tree", "render"],
    packages: ["commander"],
    node: true,
    files: ["cli/context", "commands/options"],
  },
  cli: {
    folders: ["cli", "operations", "tree", "render"],
    packages: ["commander"],
    node: true,
    files: ["commands/index"],
  },
};
/** Free for all: error classes, and which characters are unsafe. */
const common = ["errors", "shell-word", "unsafe-characters"];
const leastModules = 60;

function rulesFor([folder, { folders, packages, node, files = [] }]) {
  const own = folder === "commands" ? "^src/commands/index.ts$" : "^$";
  const inside = [
    ...folders.map((name) => `^src/${name}/`),
    ...[...common, ...files].map((file) => `^src/${file}\\.ts$`),
  ];
  const outside = packages.map((name) => `node_modules/${name}/`);
  const builtin = node
    ? []
    : [
        {
          name: `${folder}: no node modules`,
          severity: "error",
          from: { path: `^src/${folder}/` },
          to: { dependencyTypes: ["core"] },
        },
      ];
  return [
    ...builtin,
    {
      name: `${folder}: only what the table allows`,
      severity: "error",
      from: { path: `^src/${folder}/`, pathNot: own },
      to: { pathNot: [...inside, ...outside], dependencyTypesNot: ["core"] },
    },
  ];
}

const entryRules = [
  {
    name: "main.ts: cli only",
    severity: "error",
    from: { path: "^src/main.ts$" },
    to: { pathNot: "^src/cli/", dependencyTypesNot: ["core"] },
  },
  {
    name: "the library: operations and tree only",
    severity: "error",
    from: { path: "^src/(index|tree).ts$" },
    to: { pathNot: ["^src/(operations|tree)/", "^src/(errors|tree).ts$"] },
  },
  { name: "no cycles", severity: "error", from: {}, to: { circular: true } },
];

const options = {
  ruleSet: { forbidden: [...Object.entries(allowed).flatMap(rulesFor), ...entryRules] },
  validate: true,
  tsPreCompilationDeps: true,
  tsConfig: { fileName: "tsconfig.json" },
  doNotFollow: { path: "node_modules" },
};
const { output } = await cruise(["src"], options, undefined, { tsConfig: extractTSConfig("tsconfig.json") });
const { violations, totalCruised } = output.summary;
const seen = output.modules.filter(({ source }) => source.startsWith("src/")).length;
for (const { rule, from, to } of violations) console.error(`${rule.name}: ${from} -> ${to}`);
if (seen < leastModules) console.error(`only ${seen} modules were seen, expected at least ${leastModules}`);
console.log(`${seen} modules, ${totalCruised} with packages, ${violations.length} violations`);
process.exitCode = violations.length > 0 || seen < leastModules ? 1 : 0;
