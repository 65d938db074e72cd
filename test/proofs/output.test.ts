import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Context } from "../../src/cli/context.ts";
import { commandGroups } from "../../src/commands/index.ts";
import { call } from "../in-process.ts";
import { type Ran, runProgram } from "../run-program.ts";
import { tempFolder, tempRepository } from "../temp-repository.ts";
import { escaped, type HostileNode, hostileNodes, textsPerNode } from "./hostile-trees.ts";
import { brokenTrees, callsOn, changesOn, fields } from "./output-calls.ts";
import { campaign, isLong, patience, report, size } from "./proof.ts";
import { forgedIn, formulasIn, markupIn, parseCsv, plantedIn, rawIn } from "./raw-text.ts";

const promise = "No text from a tree, an argument or git comes out raw";
const nodesPerTree = 9;
const textsPerTree = nodesPerTree * textsPerNode;

/** Ways to call: where the answer goes, and as what. */
const modes = [
  { name: "pipe", options: {}, flags: [], isColoured: false },
  { name: "pipe, JSON", options: {}, flags: ["--json"], isColoured: false },
  { name: "terminal", options: { columns: 80, env: { NO_COLOR: "1" } }, flags: [], isColoured: false },
  {
    name: "narrow terminal, colours",
    options: { columns: 30, env: { FORCE_COLOR: "1" } },
    flags: [],
    isColoured: true,
  },
  {
    name: "terminal without UTF-8",
    options: { columns: 100, env: { LANG: "C", NO_COLOR: "1" } },
    flags: [],
    isColoured: false,
  },
] as const;
type Mode = (typeof modes)[number];

function expectSafe({ stdout, stderr }: Ran, args: readonly string[], mode: Mode): void {
  const about = `${mode.name}: ${JSON.stringify(args)}`;
  // a tab is what parts the cells there
  const answer = args.includes("--format=tsv") ? stdout.replaceAll("\t", " ") : stdout;
  expect(rawIn(answer, mode.isColoured), about).toEqual([]);
  expect(rawIn(stderr, mode.isColoured), about).toEqual([]);
  if (!mode.isColoured) expect(forgedIn(stderr), `${about}\n${stderr}`).toEqual([]);
  // What shows a file as it was is no word of the program's.
  if (!args.join(" ").startsWith("history --show")) expect(plantedIn(stdout + stderr), about).toEqual([]);
  // JSON is for programs, which read it as UTF-8 whatever the locale is
  if (mode.name === "terminal without UTF-8" && !args.includes("--format=json"))
    expect((answer + stderr).replace(/[\n -~]/g, ""), about).toBe("");
  if (mode.name !== "pipe, JSON") return;
  for (const line of [stdout, ...stderr.split("\n")].filter((each) => each !== ""))
    expect(() => JSON.parse(line), about).not.toThrow();
  expect(stdout.split("\n").length, about).toBeLessThanOrEqual(2);
}

describe("hostile texts", { timeout: patience }, () => {
  it("come out of no command and no format raw", async () => {
    const rounds = Math.ceil(size({ ci: 1_000, long: 10_000 }) / textsPerTree);
    const { calls = 0, texts = 0 } = await campaign("output", { rounds, each: 5 }, async (first, count) => {
      const tally = { calls: 0, texts: 0 };
      for (let seed = first; seed < first + count; seed++) {
        const { nodes, texts } = hostileNodes(seed, nodesPerTree);
        const cwd = tempFolder();
        const write = (text: string) => writeFileSync(join(cwd, "ITERATION_TREE.yaml"), text);
        const run = async (args: readonly string[], mode: Mode) => {
          // What stands behind -- is another program's.
          const end = args.includes("--") ? args.indexOf("--") : args.length;
          expectSafe(await call(args.toSpliced(end, 0, ...mode.flags), { cwd, ...mode.options }), args, mode);
          tally.calls++;
        };
        write(escaped({ nodes }));
        const nodeAt = (i: number) => nodes[i % nodes.length] as HostileNode;
        const [node, other] = [nodeAt(seed), nodeAt(seed + 1 + (seed % 7))];
        for (const [k, args] of callsOn(node, other, texts[(seed * 37) % texts.length] as string).entries()) {
          const some = isLong ? modes : modes.filter((_, m) => m === (k + seed) % modes.length || m === 0);
          for (const mode of some) await run(args, mode);
        }
        // Every text as an argument, of one call each.
        for (const [k, text] of texts.slice(0, isLong ? texts.length : 30).entries()) {
          const calls = callsOn(nodeAt(k), nodeAt(k + 1), text);
          await run(calls[(k + 7 * seed) % calls.length] as readonly string[], modes[k % modes.length] as Mode);
        }
        for (const [k, args] of changesOn(node, texts.at(-1) as string).entries())
          await run(args, modes[(k + seed) % modes.length] as Mode);
        for (const [k, text] of texts.slice(0, isLong ? 48 : 8).entries()) {
          const broken = brokenTrees(text);
          write(broken[(k + seed) % broken.length] as string);
          await run(["list"], modes[k % modes.length] as Mode);
          await run(["validate"], modes[0]);
        }
        tally.texts += texts.length;
      }
      return tally;
    });
    report({ promise, anchor: "output", figure: `${texts} hostile texts, ${calls} calls, 0 raw` });
  });

  it("survive JSON exactly, and CSV, TSV and Markdown keep their shape", async () => {
    const trees = size({ ci: 6, long: 70 });
    for (let seed = 1_000; seed < 1_000 + trees; seed++) {
      const { nodes } = hostileNodes(seed, nodesPerTree);
      const cwd = tempFolder();
      writeFileSync(join(cwd, "ITERATION_TREE.yaml"), escaped({ nodes }));
      const list = async (format: string) =>
        (await call(["list", `--format=${format}`, `--fields=${fields.join(",")}`], { cwd })).stdout;
      const rows = JSON.parse(await list("json")) as Record<string, unknown>[];
      const byId = new Map(rows.map((row) => [row["id"], row]));
      for (const {
        node_id,
        parent_id,
        description,
        command,
        working_dir,
        worktree,
        reason,
        tags,
        created_at,
      } of nodes) {
        expect(byId.get(node_id)).toMatchObject({
          parent: parent_id,
          description,
          command,
          working_dir,
          reason,
          tags,
          ...worktree,
          created: created_at,
        });
        const whole = nodes.find((each) => each.node_id === node_id);
        expect(JSON.parse((await call(["get", `--id=${node_id}`, "--json"], { cwd })).stdout)).toMatchObject(
          whole as object,
        );
      }
      const csv = parseCsv(await list("csv"));
      const tsv = (await list("tsv"))
        .trimEnd()
        .split("\n")
        .map((line) => line.split("\t"));
      for (const table of [csv, tsv]) {
        expect(table.map((row) => row.length)).toEqual(Array(nodes.length + 1).fill(fields.length));
        expect(formulasIn(table)).toEqual([]);
      }
      const markdown = await list("markdown");
      expect(markdown.trimEnd().split("\n")).toHaveLength(nodes.length + 2);
      expect(markupIn(markdown, fields.length)).toEqual([]);
      for (const format of ["text", "csv"])
        expect((await list(format)).trimEnd().split("\n").length).toBe(nodes.length + 1);
    }
  });

  it("come out of the real program no other way", () => {
    const mode = modes[0];
    for (let seed = 0; seed < size({ ci: 2, long: 20 }); seed++) {
      const { nodes, texts } = hostileNodes(seed, nodesPerTree);
      const cwd = tempFolder();
      writeFileSync(join(cwd, "ITERATION_TREE.yaml"), escaped({ nodes }));
      const calls = callsOn(nodes[1] as HostileNode, nodes[5] as HostileNode, texts[0] as string);
      const possible = calls.filter((args) => !args.join("").includes("\0"));
      for (const args of isLong ? possible : possible.filter((_, k) => k % 5 === seed))
        expectSafe(runProgram(args, { cwd }), args, mode);
    }
  });

  it("as names of files, folders and branches come out of git no other way", async () => {
    const repo = tempRepository();
    const path = ".worktrees/x\u001b[45m\u202e";
    const tree = {
      nodes: [
        { node_id: "a", command: "\u001b[2J", working_dir: "\u009b", worktree: { path, branch: "iter/a" } },
        { node_id: "b" },
      ],
    };
    repo.write("ITERATION_TREE.yaml", escaped(tree));
    const run = async (args: readonly string[], isWrong = false) => {
      for (const mode of modes) {
        const ran = await call([...args, ...mode.flags], { cwd: repo.root, ...mode.options });
        expectSafe(ran, args, mode);
        expect(ran.code, `${args} ${ran.stderr}`).toBe(isWrong ? ran.code || 1 : ran.code);
      }
    };
    await run(["worktree", "--id=a", "--create"]);
    await run(["worktree", "--id=a", "--path"]);
    await run(["add", "--id=c", "--desc=x", "--cmd=y", "--worktree"]);
    for (const name of ["\u001b[45m", "\n::error::x", "\u202e", "=cmd()"]) {
      mkdirSync(join(repo.root, ".worktrees/c", `d${name}`), { recursive: true });
      writeFileSync(join(repo.root, ".worktrees/c", `d${name}`, name.replace("/", "")), "x");
    }
    await run(["worktree", "--id=c"]);
    await run(["delete", "--id=c"], true);
    await run(["worktree", "--id=c", "--remove"], true);
    await run(["sync", "--id=b", "--allow-dirty"]);
    await run(["sync", "--id=c", "-m\u001b[45m::x"]);
    await run(["compare", "--id=b", "--id2=c"]);
    execFileSync("git", ["branch", "-m", "iter/c", "iter/\u202ec"], { cwd: repo.root });
    await run(["worktree", "--id=c"]);
    await run(["delete", "--id=c", "--dry-run"]);
  });

  it("come out of what an experiment prints and writes no other way", () => {
    const repo = tempRepository();
    const run = (args: readonly string[]) => {
      const ran = runProgram(args, { cwd: repo.root });
      // What shows a log shows its lines as they are, but for what a terminal would obey.
      expectSafe(args[0] === "logs" ? { ...ran, stdout: ran.stdout.replace(/^/gm, "| ") } : ran, args, modes[0]);
      return ran;
    };
    for (let seed = 0; seed < size({ ci: 2, long: 10 }); seed++) {
      const { texts } = hostileNodes(seed, 4);
      repo.write("log", texts.map((text) => `${text}\nMETRIC ${text}=1\n`).join(""));
      const results = {
        primary_metric: texts[0],
        primary_value: 0.5,
        direction: "maximize",
        metrics: { [texts[1] ?? ""]: 1 },
      };
      repo.write("results", escaped(results));
      repo.write("ITERATION_TREE.yaml", escaped({ objective: { metric: texts[0], direction: "maximize" }, nodes: [] }));
      run(["add", "--id=a", "--desc=x", `--cmd=cat ${repo.root}/log; exit 3`]);
      expect(run(["run", "--id=a"]).code).toBe(7);
      run(["logs", "--id=a"]);
      run(["get", "--id=a"]);
      expect(run(["run", "--id=a", "--", `cat ${repo.root}/log`]).code).toBe(7);
      expect(run(["run", "--id=a", "--", `cp ${repo.root}/results $TREE_AUTORESEARCH_RESULTS`]).code).toBe(0);
      run(["reproduce", "--id=a"]);
      run(["run", `--extract=${repo.root}/log`, "--dry-run"]);
      run(["run", "--id=a", "--on=manual", "--", texts[2] ?? ""]);
      run(["collect"]);
      run(["collect", "--id=a", `--results=${repo.root}/results`]);
      run(["delete", "--id=a", "--force"]);
    }
  });

  it("every command is among the calls", async () => {
    const called = new Set(
      [...callsOn(...samplePair(), "x"), ...changesOn(samplePair()[0], "x")].map(([name]) => name),
    );
    for (const { commands } of commandGroups)
      for (const [name, { load }] of Object.entries(commands)) {
        expect((await load())({} as Context).name()).toBe(name);
        expect(called).toContain(name);
      }
  });

  it("control: the checker sees what is raw, and lets pass what is not", () => {
    const { texts } = hostileNodes(0, 50);
    expect(texts.filter((text) => rawIn(text).length > 0).length).toBeGreaterThan(texts.length / 3);
    for (const raw of [
      "\u001b[31m",
      "\u009b2J",
      "\u202e",
      "\ud800",
      "a\n ::x::",
      "##[x]",
      "##vso[x]",
      "\r",
      "a\u200db",
      "\u{e0041}",
    ])
      expect(rawIn(raw), JSON.stringify(raw)).not.toEqual([]);
    expect(rawIn("\u001b[45m", true)).not.toEqual([]);
    expect(rawIn("\u001b[31mred\u001b[39m 👩‍👩‍👧 a::b ## x", true)).toEqual([]);
    expect(forgedIn("error: a\nhint: b\nhint: c\n")).toEqual(["hint:"]);
    expect(plantedIn("Synced: b\nSynced: a -> 1234567\n  error: x")).toEqual(["Synced: a -> 1234567"]);
    expect(formulasIn(parseCsv('a,"=1,2",-1,-1+1\n'))).toEqual(["=1,2", "-1+1"]);
    expect(markupIn("| a | b |\n| <b> | c |\n| d | e | f |\n| \\| | \\* |\n", 2)).toEqual([
      "| <b> | c |",
      "| d | e | f |",
    ]);
  });
});

function samplePair(): [HostileNode, HostileNode] {
  const { nodes } = hostileNodes(0, 2);
  return nodes as unknown as [HostileNode, HostileNode];
}
