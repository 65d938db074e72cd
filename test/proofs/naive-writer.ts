import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { projectRoot } from "../run-program.ts";

/** What most programs do: the file is opened, emptied and written. The rest of the module stays as it is. */
const naive = `
  import { writeFileSync } from "node:fs";
  export function atomicWrite(path: string, bytes: Uint8Array, lastLook: () => boolean = () => true): boolean {
    if (!lastLook()) return false;
    writeFileSync(path, bytes);
    return true;
  }
`;

/** Builds the program with a writer that is not atomic, for the control of the checker. Returns its entry. */
export async function buildNaiveProgram(): Promise<string> {
  const outfile = join(projectRoot, "dist/test/naive-program.mjs");
  await build({
    entryPoints: [join(projectRoot, "src/main.ts")],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    define: { VERSION: '"naive"' },
    banner: {
      js: 'import { createRequire as createRequireForBundle } from "node:module"; const require = createRequireForBundle(import.meta.url);',
    },
    plugins: [
      {
        name: "naive-writer",
        setup({ onLoad }) {
          onLoad({ filter: /system\/atomic-write\.ts$/ }, ({ path }) => {
            const source = readFileSync(path, "utf8").replace("export function atomicWrite(", "function wholeWrite(");
            return { contents: source + naive, loader: "ts" };
          });
        },
      },
    ],
  });
  return outfile;
}
