import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { createContext } from "../src/cli/context.ts";
import { createProgram } from "../src/cli/program.ts";
import { commandGroups } from "../src/commands/index.ts";
import { ExitCode } from "../src/errors.ts";
import { plainTheme } from "../src/render/theme.ts";
import { readTree } from "../src/store/read-tree.ts";
import { call } from "./in-process.ts";
import { program as programFile, projectRoot, runCommand, runProgram } from "./run-program.ts";
import { tempFolder, tempRepository } from "./temp-repository.ts";

const read = (name: string) => readFileSync(join(projectRoot, name), "utf8");
const readme = read("README.md");
const skill = read("skill/SKILL.md");

/** All commands with all their flags, from the program itself. */
const flags: ReadonlyMap<string, ReadonlySet<string>> = await (async () => {
  const catchSignals = () => new AbortController().signal;
  const io = { argv: [], cwd: "", env: {}, readStdin: async () => "", now: () => new Date(), catchSignals };
  const stream = { write: () => {}, isTerminal: false, columns: undefined };
  const context = createContext({ ...io, stdout: stream, stderr: stream }, () => ({}), plainTheme);
  const words = commandGroups.flatMap(({ commands }) => Object.keys(commands));
  const root = await createProgram(new Command("tree-autoresearch"), context, { version: "0", print: () => {}, words });
  const own = (command: Command) =>
    command.options.flatMap(({ short, long }) => [short, long].filter((flag) => flag != null));
  return new Map(root.commands.map((command) => [command.name(), new Set([...own(root), ...own(command), "--help"])]));
})();

/** Calls of the program in a text: `[command, flags]`. */
function callsIn(text: string): readonly (readonly [string, readonly string[]])[] {
  const shell = [...text.matchAll(/(?:^|[\s`("])(?:tree-autoresearch|Tree-AutoResearch)((?: [^\n`|)]*)?)/gm)].map(
    ([, rest = ""]) => rest,
  );
  return shell.flatMap((rest) => {
    // What stands behind -- is another program's.
    const words = rest
      .replace(/ -- .*/, "")
      .trim()
      .split(/\s+/)
      .filter((word) => !/\.ya?ml$/.test(word) && word !== "<command>" && word !== "[TREE_FILE]");
    const command = words.find((word) => flags.has(word));
    return command ? [[command, words.filter((word) => /^--?[a-z]/.test(word))] as const] : [];
  });
}

describe("README.md", () => {
  it("shows the help of the program and of every command, to the letter", () => {
    const section = readme.slice(readme.indexOf("<!-- help:"), readme.indexOf("<!-- /help -->"));
    const blocks = [...section.matchAll(/```text\n([\s\S]*?)\n```/g)].map(([, block]) => block);
    const help = (...args: string[]) => runProgram([...args, "--help"], { cwd: projectRoot }).stdout.trimEnd();
    expect(blocks).toEqual([help(), ...[...flags.keys()].map((name) => help(name))]);
  });

  it("tells a tour that goes exactly like this", () => {
    const [, source = ""] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
    const [, tour = ""] = /```console\n([\s\S]*?)```/.exec(readme) ?? [];
    const repo = tempRepository({ empty: true });
    repo.write("train.mjs", source);
    repo.git("add", "--all");
    repo.git("commit", "--quiet", "-m", "baseline");
    const bin = tempFolder();
    symlinkSync(programFile, join(bin, "tree-autoresearch"));
    let seen = "";
    const hashes = new Map<string, string>();
    for (const step of tour.split(/^\$ /m).slice(1)) {
      const [command = ""] = step.split("\n");
      const real = command.replace(/\b[0-9a-f]{7}\b/g, (hash) => hashes.get(hash) ?? hash);
      const ran = runCommand("bash", ["-c", `exec 2>&1; ${real}`], {
        cwd: repo.root,
        env: { PATH: `${bin}:${process.env["PATH"]}` },
      });
      const told = step.match(/\b[0-9a-f]{7}\b/g) ?? [];
      const got = `${command}\n${ran.stdout}`.match(/\b[0-9a-f]{7}\b/g) ?? [];
      told.forEach((hash, i) => void hashes.set(hash, hashes.get(hash) ?? (got[i] as string)));
      seen += `$ ${command}\n${ran.stdout}`;
    }
    const named = (text: string) => [...hashes].reduce((all, [told, got]) => all.replaceAll(got, told), text);
    expect(named(seen)).toBe(tour);
  });

  it("lists the exit codes that the program has", () => {
    const table = readme.slice(readme.indexOf("## Exit codes"), readme.indexOf("## Working with"));
    for (const code of [
      ExitCode.success,
      ExitCode.internal,
      ExitCode.usage,
      ExitCode.notFound,
      ExitCode.conflict,
      ExitCode.invalid,
      ExitCode.git,
      ExitCode.experimentFailed,
      ExitCode.pending,
      ExitCode.budgetExhausted,
    ]) {
      expect(table).toMatch(new RegExp(`^\\| ${code} \\|`, "m"));
    }
  });

  it("gives the two commands near the top", () => {
    expect(readme.indexOf("npm ci && npm run demo")).toBeLessThan(1200);
    expect(readme.indexOf("npm ci && npm test")).toBeLessThan(1200);
  });
});

describe("all documents", () => {
  const documents = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "skill/SKILL.md"];

  it("call only commands with flags that exist", () => {
    let checked = 0;
    for (const name of documents) {
      for (const [command, used] of callsIn(read(name))) {
        for (const flag of used)
          expect(flags.get(command), `${name}: ${command} ${flag}`).toContain(flag.replace(/=.*/, ""));
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(60);
  });

  it("link only to files that exist, and name only scripts that exist", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    for (const name of documents) {
      for (const [, target = ""] of read(name).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
        expect(existsSync(join(projectRoot, name, "..", target)), `${name}: ${target}`).toBe(true);
      }
      for (const [, script = ""] of read(name).matchAll(/npm run ([a-z-]+)/g))
        expect(Object.keys(scripts), name).toContain(script);
    }
  });
});

describe("SKILL.md", () => {
  const [, front = "", body = ""] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(skill) ?? [];

  it("is a valid Agent Skill", () => {
    const { name, description, compatibility, ...rest } = parse(front) as Record<string, string>;
    expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(name?.length).toBeLessThanOrEqual(64);
    expect(description?.length).toBeLessThanOrEqual(1024);
    expect(description?.slice(0, 250)).toMatch(/autoresearch.*experiments/);
    expect(compatibility?.length).toBeLessThanOrEqual(500);
    expect(Object.keys(rest)).toEqual(["license"]);
    expect(body.split("\n").length).toBeLessThan(500);
    expect(body.length / 4).toBeLessThan(5000);
  });

  it("has every command in its table, with flags that the command has and no flag forgotten", () => {
    const rows = [...body.slice(body.indexOf("## All commands")).matchAll(/^\| `([a-z-]+)([^|]*)\|([^|]*)\|$/gm)];
    expect(rows.map(([, name]) => name).toSorted()).toEqual([...flags.keys()].toSorted());
    const general = ["--file", "-f", "--json", "--quiet", "-q", "--no-color", "--version", "--help", "--dry-run"];
    const alias = ["--description", "--command", "--message"];
    for (const [, name = "", ...cells] of rows) {
      const named = new Set(cells.join(" ").match(/(?<![\w-])--?[a-z][\w-]*/g) ?? []);
      const has = flags.get(name) ?? new Set();
      for (const flag of named) expect(has, `${name} ${flag}`).toContain(flag);
      const special = [...has].filter((flag) => ![...general, ...alias].includes(flag));
      expect([...named], name).toEqual(expect.arrayContaining(special));
    }
  });

  it("teaches the six steps, never to stop, both modes, and the rule about validation", () => {
    for (const word of [
      "ANALYZE",
      "PROPOSE",
      "CREATE",
      "EXECUTE",
      "RECORD",
      "DECIDE",
      "never stop",
      "wait at EXECUTE",
      "Never touch the validation",
    ]) {
      expect(body).toContain(word);
    }
  });

  it("gives calls that work as they stand", async () => {
    const repo = tempRepository();
    repo.write("train.py", "");
    mkdirSync(join(repo.root, "validation"));
    const cwd = repo.root;
    expect(
      (await call(["add", "--id", "iter1_baseline", "--desc", "b", "--cmd", "python train.py", "--worktree"], { cwd }))
        .code,
    ).toBe(0);
    expect(
      (
        await call(["update", "--id", "iter1_baseline", "--metric", "accuracy=0.92", "--direction", "maximize"], {
          cwd,
        })
      ).code,
    ).toBe(0);
    const bin = tempFolder();
    symlinkSync(programFile, join(bin, "tree-autoresearch"));
    const blocks = [...body.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) =>
      block?.replace("python train.py", "echo METRIC accuracy=0.935").replace(/^# edit.*$/m, "echo 1 > edited"),
    );
    expect(blocks.length).toBeGreaterThanOrEqual(5);
    const script = `set -e\nset -o pipefail\n${blocks.join("\n")}`;
    const ran = runCommand("bash", ["-c", script], { cwd, env: { PATH: `${bin}:${process.env["PATH"]}` } });
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    expect(ran.stdout).toContain("Synced: iter2_halve_the_learning_rate -> ");
    expect(ran.stdout).toContain("Pruned: iter2_halve_the_learning_rate (0.90 against 0.92, twice)");
    expect(ran.stdout).toContain("Removed worktree: iter2_halve_the_learning_rate");
  });
});

describe("ITERATION_TREE.example.yaml", () => {
  const text = read("ITERATION_TREE.example.yaml");

  it("is valid, names a schema that exists, and has every status worth showing", () => {
    const { tree } = readTree(text, "example");
    expect(existsSync(join(projectRoot, /\$schema=(\S+)/.exec(text)?.[1] ?? "none"))).toBe(true);
    const statuses = new Set(tree.nodes.map((node) => node.status));
    expect([...statuses].toSorted()).toEqual(["completed", "failed", "pending", "pruned", "waiting"]);
    expect(tree.nodes.length).toBeGreaterThan(12);
  });

  it("is drawn with its best path, its pruned node and its failure", async () => {
    const file = join(projectRoot, "ITERATION_TREE.example.yaml");
    const { code, stdout, stderr } = await call([file, "visualize"], { cwd: projectRoot });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/┡━ ● iter12_wider ★ 0\.945833/);
    expect(stdout).toMatch(/⊘ iter13_momentum 0\.894 .*pruned: 89\.40 % is clearly worse/);
    expect(stdout).toMatch(/✗ iter15_rate_5 .*failed: collapsed to chance/);
  });
});
