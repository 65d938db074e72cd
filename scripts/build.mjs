// Builds dist/: the CLI as a bundle of a few files that are loaded by need, and the library as plain modules with types.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { rolldown } from "rolldown";
import { renderNotices } from "./notices.mjs";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const folder = "dist/program";

/** What packages load at every start for features that we do not use: commands that are programs, and guesses at a terminal's colours. */
const unused = "\0unused";

let isMadeLater = false;

/** What a class of Unicode holds is looked up when the file is read, a millisecond at every start for a text that is not ASCII: such expressions are made when they are wanted. */
function makeLater(code) {
  const literals = /^const (\w+) = \/(.*\\p\{.*)\/(\w+);$/gm;
  const made = [...code.matchAll(literals)].reduce((text, [line, name, source, flags]) => {
    const later = `let made_${name};\nconst ${name} = () => (made_${name} ??= new RegExp(${JSON.stringify(source)}, "${flags}"));`;
    const [before, after] = text.split(line);
    return before + later + after.replaceAll(new RegExp(`\\b${name}\\b`, "g"), `${name}()`);
  }, code);
  if (made === code || /[^\\]\\p\{/.test(made))
    throw new Error("an expression with a class of Unicode is made at once");
  isMadeLater = true;
  return made;
}

const packages = {
  name: "packages",
  resolveId(id, importer) {
    if (/^(node:)?child_process$/.test(id) && /commander/.test(importer)) return unused;
    if (id === "#supports-color") return unused;
    // Its modules for browsers are the same ones, and need no wrappers in a bundle.
    return id === "yaml" ? resolve("node_modules/yaml/browser/index.js") : null;
  },
  load: (id) => (id === unused ? "export default {};" : null),
  transform: (code, id) => (id.endsWith("fast-string-truncated-width/dist/index.js") ? makeLater(code) : null),
};

/** All that a module imports, and so on, but for what is imported by need. */
function reach(names, context) {
  const reached = new Set();
  const add = (id) => {
    const info = context.getModuleInfo(id);
    if (!info || reached.has(id)) return;
    reached.add(id);
    info.importedIds.forEach(add);
  };
  for (const name of names) add(resolve("src", name));
  return reached;
}

/** A file of the bundle with all that `names` need, as far as it is in no file of a higher priority. */
function part(name, priority, names) {
  let reached;
  return {
    ...{ priority, debugName: name, test: (id) => !id.endsWith("src/main.ts") },
    name: (id, context) => {
      reached ??= reach(names, context);
      return reached.has(id) ? name : null;
    },
  };
}

const shared = {
  ...{ platform: "node", plugins: [packages], checks: { ineffectiveDynamicImport: false } },
  transform: { target: "node20.19", define: { VERSION: JSON.stringify(version) } },
};
const written = {
  // Node starts an ES module a quarter of its own start later.
  format: "cjs",
  // Half the text is read in less time. Functions keep their names, for the stack that a defect is reported with.
  minify: { compress: true, mangle: { keepNames: true }, codegen: { removeWhitespace: true } },
  ...{ entryFileNames: "[name].js", chunkFileNames: "[name].js" },
};

rmSync("dist", { recursive: true, force: true });
const bundle = await rolldown({
  ...{ input: { main: "src/main.ts" }, ...shared },
});
const { output } = await bundle.generate({
  ...written,
  codeSplitting: {
    groups: [
      // What every call needs that looks at the tree; then what writes; what checks results; what reads YAML; what needs git; what runs experiments.
      part("program", 6, [
        ...["cli/run.ts", "operations/open-workspace.ts", "operations/render-node.ts", "operations/validate.ts"],
        ...["list", "get", "visualize", "best-path", "validate"].map((name) => `commands/${name}.ts`),
      ]),
      part("writer", 5, [
        "store/edit-tree-file.ts",
        ...["add", "update", "prune", "delete"].map((name) => `commands/${name}.ts`),
        ...["read-results", "keep-schema", "add-node", "update-node", "prune-node", "delete-node"].map(
          (name) => `operations/${name}.ts`,
        ),
      ]),
      part("checks", 4, ["tree/results-schema.ts"]),
      part("parser", 3, ["store/tree-source.ts", "store/parse-results.ts"]),
      part("git", 2, [
        "git/git.ts",
        ...["sync", "worktree", "doctor"].map((name) => `commands/${name}.ts`),
        "operations/doctor.ts",
        "operations/sync-commit.ts",
        "operations/create-worktree.ts",
      ]),
      part("run", 1, [
        ...["run", "cancel", "collect", "logs", "reproduce"].map((name) => `commands/${name}.ts`),
        ...["run-nodes", "resume-nodes", "cancel-node", "collect", "read-logs", "settle-attempts"].map(
          (name) => `operations/${name}.ts`,
        ),
      ]),
    ],
  },
});

if (!isMadeLater) throw new Error("texts are measured by another package now");
const chunks = new Map(output.map(({ fileName, code }) => [fileName, code]));
const runtime = chunks.get("rolldown-runtime.js");
chunks.delete("rolldown-runtime.js");
const helpers = 'require("./rolldown-runtime.js")';

/** Node takes half a millisecond for a file, however small, and as long again for a hundred getters. */
function shorten(fileName, code) {
  // Every binding is set by the end of its file, where the exports stand.
  const plain = code.replace(
    /Object\.defineProperty\(exports,"([^"]+)",\{enumerable:!0,get:function\(\)\{return ([\w$]+)\}\}\)/g,
    'exports["$1"]=$2',
  );
  if (plain.includes("Object.defineProperty(exports,")) throw new Error(`${fileName}: exports that are not plain`);
  if (fileName === "main.js") return plain.replace(`${helpers};`, "");
  const inline = `exports.helpers=(exports=>{${runtime}return exports})({})`;
  return plain.replace(helpers, () => (fileName === "program.js" ? inline : 'require("./program.js").helpers'));
}

// A program of its own, which loads nothing of the other one.
const supervisor = await rolldown({ input: { supervise: "src/runner/supervise.ts" }, ...shared });
await supervisor.write({ dir: folder, ...written });

/** A text with other characters takes Node twice the memory, and in places twice the time. */
function inAscii(code) {
  if (/\\[^\0-\x7f]|String\.raw/.test(code)) throw new Error("a character that cannot be escaped");
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

mkdirSync(folder, { recursive: true });
for (const [fileName, code] of chunks) writeFileSync(`${folder}/${fileName}`, inAscii(shorten(fileName, code)));
writeFileSync(`${folder}/package.json`, '{ "type": "commonjs" }\n');
writeFileSync("THIRD-PARTY-NOTICES", renderNotices(output.flatMap((chunk) => Object.keys(chunk.modules ?? {}))));
execFileSync("node_modules/.bin/tsc", ["-p", "tsconfig.build.json"], { stdio: "inherit" });
