import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { build, type Plugin } from "esbuild";
import { projectRoot } from "../run-program.ts";

/** What becomes of source modules, by path under `src/`. */
type Substitutes = Readonly<Record<string, (source: string) => string>>;

/**
 * Protections, each switched off by a substitute for the module that gives it. So a proof has its control, and the
 * product has no seam: no variable or option of it does this.
 */
export const without = {
  lock: {
    "system/lock.ts": (source) =>
      source.replace(
        "await grant(path, candidate, own.host, options.patience);",
        "rmSync(candidate, { recursive: true });",
      ),
  },
  gitLock: {
    "git/git-lock.ts": (source) =>
      source.replace(/return withLock\(.*?, \(\) => \{/s, "return Promise.resolve().then(() => {"),
  },
  gitRetry: {
    "git/git.ts": (source) => source.replace("const mostTries = 5;", "const mostTries = 1;"),
    "git/create-worktree.ts": (source) => source.replace("const mostTries = 5;", "const mostTries = 1;"),
  },
  lastLook: {
    "system/atomic-write.ts": (source) => source.replace("if (!lastLook()) return false;", ""),
  },
  /** What most programs do: the file is opened, emptied and written. */
  atomicWrite: {
    "system/atomic-write.ts": (source) => `
      ${source.replace("export function atomicWrite(", "function wholeWrite(")}
      import { writeFileSync } from "node:fs";
      type Bytes = Uint8Array | readonly Uint8Array[];
      export function atomicWrite(path: string, bytes: Bytes, lastLook: () => boolean = () => true): boolean {
        if (!lastLook()) return false;
        writeFileSync(path, bytes instanceof Uint8Array ? bytes : Buffer.concat(bytes));
        return true;
      }`,
  },
  lookBack: {
    "store/save-text.ts": (source) =>
      source.replace("const late = seen && findLateSave(seen);", "const late = undefined;"),
  },
  /** Attempts that nobody is behind any more are left as they are. */
  settling: {
    "operations/open-workspace.ts": (source) =>
      source.replace("if (settles && findOver(tree).length > 0)", "if (false)"),
  },
  /** Only the supervisor would have ended what it ran. */
  orphans: {
    "operations/end-attempt.ts": (source) => source.replace("if (!record && job) await endOrphans(folder, job);", ""),
  },
} satisfies Record<string, Substitutes>;

/** Builds the program, or another entry point, into `dist/test/NAME/` with these substitutes. Returns its path. */
export async function buildVariant(
  name: string,
  { entry = "src/main.ts", substitutes = {} }: { readonly entry?: string; readonly substitutes?: Substitutes } = {},
): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as { version: string };
  const outdir = join(projectRoot, "dist/test", name);
  await build({
    entryPoints: { main: join(projectRoot, entry), supervise: join(projectRoot, "src/runner/supervise.ts") },
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    define: { VERSION: JSON.stringify(version) },
    banner: {
      js: 'import { createRequire as createRequireForBundle } from "node:module"; const require = createRequireForBundle(import.meta.url);',
    },
    plugins: [substitute(substitutes)],
  });
  return join(outdir, "main.js");
}

/** A substitute that changes nothing would make its control prove nothing. */
function substitute(substitutes: Substitutes): Plugin {
  const folder = join(projectRoot, "src");
  for (const [path, change] of Object.entries(substitutes)) {
    if (!existsSync(join(folder, path))) throw new Error(`There is no src/${path} to substitute`);
    const source = readFileSync(join(folder, path), "utf8");
    if (change(source) === source) throw new Error(`The substitute for src/${path} changes nothing`);
  }
  return {
    name: "substitute",
    setup({ onLoad }) {
      onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => {
        const change = substitutes[relative(folder, path)];
        if (!change) return undefined;
        return { contents: change(readFileSync(path, "utf8")), loader: "ts", resolveDir: dirname(path) };
      });
    },
  };
}
