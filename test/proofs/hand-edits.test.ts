import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findText, readVersions } from "../../src/store/history.ts";
import { readTree } from "../../src/store/read-tree.ts";
import { runProgram } from "../run-program.ts";
import { tempFolder, tempRepository } from "../temp-repository.ts";
import { editUntil, type Saves, ways } from "./editor.ts";
import { patience, report, size } from "./proof.ts";
import { buildVariant, without } from "./variant.ts";

const anchor = "hand-edits";
const seconds = size({ ci: 10, long: 60 });
const entry = "test/proofs/edit-worker.ts";
const begin = `# save 0\nnodes:\n- node_id: a\n  description: x\n${Array.from({ length: 60 }, (_, i) => `- {node_id: n${i}, parent_id: a, description: "some text ${i}"}\n`).join("")}`;

interface Fight extends Saves {
  readonly changes: number;
  /** Lost saves that the history does not have either. */
  readonly gone: Saves["lost"];
}

/** An editor against a loop of our changes on one file. */
async function fight(worker: string, duration: number): Promise<Fight> {
  const folder = tempFolder();
  const path = join(folder, "ITERATION_TREE.yaml");
  writeFileSync(path, begin);
  const child = fork(worker, [folder], { execArgv: [] });
  await once(child, "message");
  const until = Date.now() + duration * 1000;
  const saves = await editUntil(path, () => Date.now() > until);
  const answered = once(child, "message");
  child.send("stop");
  const [{ changes }] = (await answered) as [{ changes: number }];
  await once(child, "exit");
  expect(readTree(readFileSync(path, "utf8"), "t").tree.nodes).toHaveLength(61);
  const history = join(folder, "state/history");
  const kept = new Set(readVersions(history).map(({ version }) => findText(history, version)));
  return { ...saves, changes, gone: saves.lost.filter(({ text }) => !kept.has(text)) };
}

const countOf = ({ gone }: Fight, by: (way: string) => boolean) => gone.filter(({ way }) => by(way)).length;

describe("an editor that saves every 20 to 40 ms against a loop of our changes", () => {
  it(
    "loses no save in place; one by rename only in the microseconds between our last look and our rename",
    async () => {
      const result = await fight(await buildVariant("edit-loop", { entry }), seconds);
      const total = ways.reduce((sum, way) => sum + result.made[way], 0);
      expect(result.changes).toBeGreaterThan(0);
      expect(countOf(result, (way) => way !== "by rename")).toBe(0);
      // The promise has a hole here, and its size is what is measured; two of a hundred would be another hole.
      expect(countOf(result, (way) => way === "by rename")).toBeLessThan(Math.max(3, total / 50));
      report({
        promise: "Saves by an editor every 20 to 40 ms survive a loop of our changes, or are kept",
        anchor,
        figure: `in ${seconds} s, ${result.changes} changes of ours: 0 of ${total - result.made["by rename"]} saves in place lost, ${countOf(result, (way) => way === "by rename")} of ${result.made["by rename"]} by rename`,
      });
    },
    patience,
  );

  it(
    "control: without last look and look back, saves are lost",
    async () => {
      const substitutes = { ...without.lastLook, ...without.lookBack };
      const blind = await buildVariant("edit-loop-blind", { entry, substitutes });
      let result = await fight(blind, size({ ci: 5, long: 20 }));
      for (let more = 0; result.gone.length === 0 && more < 5; more++) result = await fight(blind, 10);
      expect(result.gone.length).toBeGreaterThan(0);
      const total = ways.reduce((sum, way) => sum + result.made[way], 0);
      report({
        promise: "Control: the same without our looks",
        anchor,
        figure: `${result.gone.length} of ${total} saves lost`,
      });
    },
    patience,
  );
});

describe("a file that was broken by hand", () => {
  const broken = [
    [
      "an unclosed bracket",
      "nodes:\n- node_id: a\n  tags: [x\n- node_id: b\n",
      /ITERATION_TREE\.yaml:4:1: .*\n {2}4 \| - node_id: b/,
    ],
    [
      "a wrong indentation",
      "nodes:\n- node_id: a\n description: x\n",
      /ITERATION_TREE\.yaml:3:\d+: .*\n {2}3 \| {2}description: x/,
    ],
    [
      "a key that stands twice",
      "nodes:\n- node_id: a\n  node_id: b\n",
      /ITERATION_TREE\.yaml:3:3: .*stands twice.*\n {2}3 \| {3}node_id: b/,
    ],
    [
      "an unresolved merge",
      "nodes:\n<<<<<<< HEAD\n- node_id: a\n=======\n- node_id: b\n>>>>>>> other\n",
      /ITERATION_TREE\.yaml:2:1: an unresolved merge conflict\n {2}2 \| <<<<<<< HEAD/,
    ],
  ] as const;

  it.each(broken)("is refused with line, column and the line itself, and stays as it is: %s", (_, text, message) => {
    const { root, treeFile } = tempRepository();
    writeFileSync(treeFile, text);
    const calls = [
      ["list"],
      ["add", "--desc", "x", "--cmd", "y"],
      ["update", "--id", "a", "--note", "n"],
      ["doctor", "--fix"],
    ];
    for (const args of calls) {
      const { code, stderr } = runProgram(args, { cwd: root });
      expect(code, args.join(" ")).toBe(5);
      expect(stderr).toMatch(message);
      expect(readFileSync(treeFile, "utf8")).toBe(text);
    }
  });
});
