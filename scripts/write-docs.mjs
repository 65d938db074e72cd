// Writes the help of every command and the figures of the long run into README.md, and those of mutation testing into
// CONTRIBUTING.md, between their markers. Run after a change of any option, npm run test:long and npm run mutation.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { figuresTable, readLongRun } from "./figures-table.mjs";
import { mutationTable, readMutation } from "./mutation-table.mjs";

const help = (...command) =>
  execFileSync(process.execPath, ["bin/tree-autoresearch.js", ...command, "--help"], { encoding: "utf8" }).trimEnd();
const root = help();
const commands = [...root.matchAll(/^ {2}([a-z][a-z-]*) {2,}/gm)].map(([, name]) => name);
const blocks = [root, ...commands.map((name) => help(name))].map((text) => `\`\`\`text\n${text}\n\`\`\``);
const titled = blocks.map((block, i) => (i === 0 ? block : `### ${commands[i - 1]}\n\n${block}`));
write("README.md", { help: titled.join("\n\n"), figures: figuresTable(readLongRun()) });
write("CONTRIBUTING.md", { mutation: mutationTable(readMutation()) });

function write(file, sections) {
  let text = readFileSync(file, "utf8");
  for (const [name, section] of Object.entries(sections)) {
    const [start, end] = [`<!-- ${name}: written by npm run docs -->`, `<!-- /${name} -->`];
    const before = text.slice(0, text.indexOf(start) + start.length);
    text = `${before}\n${section}\n${text.slice(text.indexOf(end))}`;
  }
  writeFileSync(file, text);
}
