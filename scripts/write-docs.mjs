// Writes the help of every command and the figures of the long run into README.md, between their markers. Run after a
// change of any option, and after npm run test:long: npm run docs
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { figuresTable, readLongRun } from "./figures-table.mjs";

const help = (...command) =>
  execFileSync(process.execPath, ["bin/tree-autoresearch.js", ...command, "--help"], { encoding: "utf8" }).trimEnd();
const root = help();
const commands = [...root.matchAll(/^ {2}([a-z][a-z-]*) {2,}/gm)].map(([, name]) => name);
const blocks = [root, ...commands.map((name) => help(name))].map((text) => `\`\`\`text\n${text}\n\`\`\``);
const titled = blocks.map((block, i) => (i === 0 ? block : `### ${commands[i - 1]}\n\n${block}`));
const sections = { help: titled.join("\n\n"), figures: figuresTable(readLongRun()) };
let readme = readFileSync("README.md", "utf8");
for (const [name, text] of Object.entries(sections)) {
  const [start, end] = [`<!-- ${name}: written by npm run docs -->`, `<!-- /${name} -->`];
  const before = readme.slice(0, readme.indexOf(start) + start.length);
  readme = `${before}\n${text}\n${readme.slice(readme.indexOf(end))}`;
}
writeFileSync("README.md", readme);
