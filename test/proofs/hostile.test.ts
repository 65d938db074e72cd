import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { call } from "../in-process.ts";
import { tempFolder } from "../temp-repository.ts";
import { type HostileFile, hostileFiles, mostMegabytes, mostOfHuge } from "./hostile-files.ts";
import { expectTame, expectUntouched, jailedRepository } from "./jail.ts";
import { eachOf, runMeasured } from "./measured.ts";
import { isLong, patience, report } from "./proof.ts";

const promise = "A hostile tree file is refused with its place, or read, in bounded time and memory";

const commands: readonly (readonly string[])[] = [
  ["list"],
  ["get", "--id", "a"],
  ["validate"],
  ["visualize"],
  ["best-path"],
  ["compare", "--id", "a", "--id2", "b"],
  ["add", "--desc", "x", "--cmd", "y", "--parent", "b"],
  ["update", "--id", "a", "--metric", "m=1", "--direction", "maximize"],
  ["prune", "--id", "b", "--reason", "x"],
  ["sync", "--id", "a"],
  ["worktree", "--id", "a", "--create"],
  ["worktree", "--id", "a", "--remove", "--force"],
  ["doctor"],
  ["history"],
  ["delete", "--id", "a", "--recursive", "--force"],
  ["undo"],
  // The last one, for it makes trees of those that were none.
  ["doctor", "--fix"],
];
/** These do not read what the file holds now; doctor's findings are an answer. */
const isOfVersions = ([name]: readonly string[]) => name === "history" || name === "undo";
const isDiagnosis = ([name]: readonly string[]) => name === "doctor";
/** In CI one for each file in turn: all commands meet every kind of file. */
const commandsFor = (i: number) => (isLong ? commands : [commands[i % commands.length] as readonly string[]]);

const place = /^error: ITERATION_TREE\.yaml:\d+:\d+: \S/;

describe("hostile tree files", { timeout: patience }, () => {
  it("each is refused with its place, or read, by every command, in bounded time and memory", async () => {
    let [calls, slowest] = [0, 0];
    const most = { refused: 0, read: 0, huge: 0 };
    await eachOf(hostileFiles, async ({ name, text, isRefused, isHuge }: HostileFile, i) => {
      const { jail, repo } = jailedRepository();
      writeFileSync(repo.treeFile, text());
      for (const args of commandsFor(i)) {
        const about = `${name}: ${args.join(" ")}`;
        const ran = await runMeasured(args, repo.root);
        // Thousands of nodes without a parent are, once they are roots, a valid tree that is huge.
        const isMended = isRefused && args.includes("--fix") && ran.stderr === "";
        expectTame(ran, about, isHuge || isMended ? mostOfHuge : mostMegabytes);
        calls++;
        const kind = isHuge || isMended ? "huge" : isRefused ? "refused" : "read";
        most[kind] = Math.max(most[kind], ran.megabytes ?? 0);
        slowest = Math.max(slowest, ran.seconds);
        if (isOfVersions(args)) continue;
        // Parents that make no tree are an answer of doctor's, and what it mends.
        if (isRefused && isDiagnosis(args) && ran.stderr === "")
          expect(ran.stdout, about).toMatch(/^(unknown-parent|cycle) /m);
        else if (isRefused)
          expect(ran, about).toMatchObject({ code: 5, stdout: "", stderr: expect.stringMatching(place) });
        else if (ran.code === 5 && args[0] !== "update" && !isDiagnosis(args)) expect(ran.stderr, about).toMatch(place);
        if (!isRefused && args[0] === "list") expect(ran, about).toMatchObject({ code: 0 });
        // whoever has to read the error pays for every character
        expect(ran.stderr.length, about).toBeLessThan(name.startsWith("1 MB") ? 5_000_000 : 20_000);
      }
      expectUntouched(jail, name);
    });
    report({
      promise,
      anchor: "hostile",
      figure: `${hostileFiles.length} tree files, ${calls} calls, at most ${Math.round(most.refused)} MB where refused, ${Math.round(most.read)} MB where read, ${Math.round(most.huge)} MB where a valid tree is huge (20,000 to 100,000 nodes, keys or values); the slowest ${slowest.toFixed(1)} s`,
    });
  });

  it("each is refused, or read, twice in one process, and no prototype is polluted", async () => {
    const before = Reflect.ownKeys(Object.prototype).length;
    // In CI those that are refused: what overflowed did so the second time.
    for (const { name, text, isRefused } of hostileFiles.filter((each) => isLong || each.isRefused)) {
      const cwd = tempFolder();
      writeFileSync(join(cwd, "ITERATION_TREE.yaml"), text());
      for (const args of [["validate"], ["visualize", "--depth", "1"]]) {
        const { code, stderr } = await call(args, { cwd });
        expect({ code, stderr: stderr.slice(0, 200) }, name).toMatchObject({ code: isRefused ? 5 : 0 });
      }
      expect(Reflect.ownKeys(Object.prototype).length, name).toBe(before);
      expect(({} as { polluted?: unknown }).polluted, name).toBeUndefined();
    }
  });

  it("a key named __proto__ in a node is never a prototype, and stays in the file", async () => {
    const cwd = tempFolder();
    const path = join(cwd, "ITERATION_TREE.yaml");
    writeFileSync(path, "nodes:\n- node_id: a\n  __proto__: {status: failed}\n");
    const { stdout } = await call(["get", "--id", "a", "--json"], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ status: "pending" });
    expect((await call(["update", "--id", "a", "--note", "n"], { cwd })).code).toBe(0);
    expect(readFileSync(path, "utf8")).toContain("  __proto__: {status: failed}\n");
  });
});

describe("tree files that are none", { timeout: patience }, () => {
  const none: Record<string, (path: string, jail: string) => void> = {
    "a pipe without a writer": (path) => execFileSync("mkfifo", [path]),
    "a link to an endless device": (path) => symlinkSync("/dev/zero", path),
    "a link to random bytes": (path) => symlinkSync("/dev/urandom", path),
    "a link to itself": (path) => symlinkSync(path, path),
    "a link to nothing": (path) => symlinkSync("nothing", path),
    "a folder": (path) => mkdirSync(path),
    // a sparse one takes no room on the disk
    "a file of 20 GB": (path) => execFileSync("truncate", ["-s", "20G", path]),
  };
  it.each(Object.entries(none))("%s is refused by every command", async (_, make) => {
    const { jail, repo } = jailedRepository();
    make(repo.treeFile, jail);
    await eachOf(
      isLong ? commands : commands.filter(([name]) => ["list", "add", "sync"].includes(name as string)),
      async (args) => {
        const ran = await runMeasured(args, repo.root);
        expectTame(ran, args.join(" "));
        if (isOfVersions(args)) return;
        expect(ran).toMatchObject({ stdout: "", stderr: expect.stringMatching(/^error: .*ITERATION_TREE\.yaml/) });
        expect([3, 4, 5]).toContain(ran.code);
      },
    );
    expectUntouched(jail, "");
  });

  it.runIf(process.getuid?.() === 0)("a file of another user's is refused", async () => {
    const { repo } = jailedRepository();
    writeFileSync(repo.treeFile, "nodes: []\n", { mode: 0o600 });
    const shared = tempFolder();
    execFileSync("cp", ["-r", "bin", "dist", "package.json", shared]);
    const user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    const list = [...user, process.execPath, join(shared, "bin/tree-autoresearch.js"), "list"];
    const run = () =>
      execFileSync("sh", ["-c", '"$@" 2>&1; echo "exit $?"', "sh", ...list], { cwd: repo.root, encoding: "utf8" });
    expect(run()).toMatch(/^error: .* may not be (read|written)[\s\S]*exit 4\n$/);
    // control: it is the permission
    execFileSync("chmod", ["644", repo.treeFile]);
    expect(run()).toBe("No nodes.\nexit 0\n");
  });
});
