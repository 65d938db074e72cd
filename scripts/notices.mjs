import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The licence texts of all packages of which modules are in the bundle. */
export function renderNotices(modules) {
  const folders = new Set(modules.flatMap((path) => packageFolder(path) ?? []));
  const packages = [...folders].map(readPackage).toSorted((a, b) => a.name.localeCompare(b.name));
  const head = "The command-line bundle of tree-autoresearch (dist/program) contains code of these packages.\n";
  return [
    head,
    ...packages.map(
      ({ name, version, license, text }) => `${"-".repeat(80)}\n${name} ${version} (${license})\n\n${text}\n`,
    ),
  ].join("\n");
}

/** `node_modules/@scope/name` of a file in it; the innermost when they are nested. */
function packageFolder(path) {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
}

function readPackage(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const text =
    file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8").trim() : `Licence: ${license}`;
  return { name, version, license, text };
}
