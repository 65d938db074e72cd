import {
  appendFileSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Edited, editTreeFile } from "../../src/store/edit-tree-file.ts";
import { forgetTreeFile } from "../../src/store/forget-file.ts";
import { readVersions } from "../../src/store/history.ts";
import { historyOf, type TreeFile } from "../../src/store/tree-file.ts";
import { addNode } from "../../src/tree/add-node.ts";
import { aroundFs } from "../system/with-fault.ts";
import { beforeCall } from "./before-call.ts";
import { tempTreeFile } from "./temp-tree-file.ts";

const options = { purpose: "add a", now: "2026-01-02T03:04:05Z" };

function add(file: TreeFile, id: string): Promise<Edited> {
  const { now } = options;
  return editTreeFile(file, { ...options, dryRun: false, create: true }, (tree) =>
    addNode(tree, { id, description: "x", command: "y", now }),
  );
}

describe("forgetTreeFile", () => {
  it("takes away the file and its history when nothing but one call is in them", async () => {
    const file = tempTreeFile();
    const { isBegun, tree } = await add(file, "a");
    expect(isBegun).toBe(true);
    expect(await forgetTreeFile(file, options, tree)).toBe(true);
    expect([file.path, historyOf(file)].map((path) => existsSync(path))).toEqual([false, false]);
  });

  it.each<[string, (file: TreeFile) => unknown]>([
    ["edited by hand, be it a comment only", ({ path }) => appendFileSync(path, "# a thought\n")],
    ["changed by another call", (file) => add(file, "b")],
    ["broken by hand", ({ path }) => writeFileSync(path, "nodes: [\n")],
    ["of an unknown past", (file) => rmSync(historyOf(file), { recursive: true })],
  ])("leaves a file alone that was %s", async (_what, change) => {
    const file = tempTreeFile();
    const { tree } = await add(file, "a");
    await change(file);
    const [text, versions] = [readFileSync(file.path, "utf8"), readVersions(historyOf(file))];
    expect(await forgetTreeFile(file, options, tree)).toBe(false);
    expect(readFileSync(file.path, "utf8")).toBe(text);
    expect(readVersions(historyOf(file))).toEqual(versions);
  });

  it("has nothing to do when the file is gone already", async () => {
    const file = tempTreeFile();
    const { tree } = await add(file, "a");
    rmSync(file.path);
    expect(await forgetTreeFile(file, options, tree)).toBe(false);
    expect(readVersions(historyOf(file))).toHaveLength(2);
  });

  it("keeps the past of a file that was there before", async () => {
    const file = tempTreeFile();
    await add(file, "before");
    rmSync(file.path);
    const { isBegun, tree } = await add(file, "a");
    expect(isBegun).toBe(true);
    expect(await forgetTreeFile(file, options, tree)).toBe(true);
    expect(existsSync(file.path)).toBe(false);
    expect(readVersions(historyOf(file)).map(({ command }) => command)).toContain("a new file");
  });

  it("keeps what is left of a damaged past", async () => {
    const file = tempTreeFile();
    const { tree } = await add(file, "a");
    writeFileSync(join(historyOf(file), "log.damaged-x1"), "all that was");
    expect(await forgetTreeFile(file, options, tree)).toBe(true);
    expect(readFileSync(join(historyOf(file), "log.damaged-x1"), "utf8")).toBe("all that was");
  });

  it("puts back what was saved in place between its last look and the removal", async () => {
    const file = tempTreeFile();
    const { tree } = await add(file, "a");
    beforeCall("rmSync", file.path, () => appendFileSync(file.path, "# a thought\n"));
    expect(await forgetTreeFile(file, options, tree)).toBe(false);
    expect(readFileSync(file.path, "utf8")).toContain("# a thought");
  });

  it("lays such a save beside a new file, where one has come meanwhile, and says so", async () => {
    const file = tempTreeFile();
    const { tree } = await add(file, "a");
    aroundFs("rmSync", (call, args) => {
      if (args[0] !== file.path) return call(...args);
      const editor = openSync(file.path, "a");
      call(...args);
      writeSync(editor, "# a thought\n");
      closeSync(editor);
      return writeFileSync(file.path, "nodes: []\n");
    });
    const before = readdirSync("/proc/self/fd").length;
    await expect(forgetTreeFile(file, options, tree)).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringMatching(/^What another program saved into .* as it was taken back is in .*\.saved$/),
      hint: "Compare it with the new file.",
    });
    expect(readdirSync("/proc/self/fd").length).toBe(before);
    expect(readFileSync(file.path, "utf8")).toBe("nodes: []\n");
    const [beside = ""] = readdirSync(join(file.path, "..")).filter((name) => name.endsWith(".saved"));
    expect(beside).toMatch(/^t\.yaml\.[a-z0-9]{8,}\.saved$/);
    expect(readFileSync(join(file.path, "..", beside), "utf8")).toContain("# a thought");
  });

  it.each([
    [
      "does not begin with it",
      (lines: readonly string[]) => lines.map((line) => line.replace(/"version":\d+/, (each) => `${each}0`)),
    ],
    [
      "was begun by nobody of ours",
      (lines: readonly string[]) => lines.map((line) => line.replace('"a new file"', "null")),
    ],
    ["is not there any more", () => []],
  ])("keeps a history that %s", async (_, change) => {
    const file = tempTreeFile();
    const { tree } = await add(file, "a");
    const log = join(historyOf(file), "log");
    const lines = readFileSync(log, "utf8").split("\n");
    aroundFs("rmSync", (call, args) => {
      if (args[0] === file.path) writeFileSync(log, change(lines).join("\n"));
      return call(...args);
    });
    expect(await forgetTreeFile(file, options, tree)).toBe(true);
    expect(existsSync(log)).toBe(true);
  });
});
