// Writes the help of every command into README.md, between its markers. Run after a change of any option: npm run docs
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const help = (...command) =>
  execFileSync(process.execPath, ["bin/tree-autoresearch.js", ...command, "--help"], { encoding: "utf8" }).trimEnd();
const root = help();
const commands = [...root.matchAll(/^ {2}([a-z][a-z-]*) {2,}/gm)].map(([, name]) => name);
const blocks = [root, ...commands.map((name) => help(name))].map((text) => `\`\`\`text\n${text}\n\`\`\``);
const titled = blocks.map((block, i) => (i === 0 ? block : `### ${commands[i - 1]}\n\n${block}`));
const readme = readFileSync("README.md", "utf8");
const [start, end] = ["<!-- help: written by npm run docs -->", "<!-- /help -->"];
const before = readme.slice(0, readme.indexOf(start) + start.length);
writeFileSync("README.md", `${before}\n${titled.join("\n\n")}\n${readme.slice(readme.indexOf(end))}`);
