import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tempFolder } from "../temp-repository.ts";
import { attacks, callsOn, callsWith, namedFields, treeOf } from "./hostile-names.ts";
import { expectTame, expectUntouched, jailedRepository } from "./jail.ts";
import { eachOf, runMeasured } from "./measured.ts";
import { isLong, patience, report } from "./proof.ts";
import { canTrace, changedPaths, tracer } from "./trace-writes.ts";

const promise = "Nothing in a tree file or an argument runs a program or writes outside of the repository";

describe("hostile names", { timeout: patience }, () => {
  const isTraced = canTrace();
  let traced = 0;
  it.runIf(process.env["CI"])("strace is here, to see what is written", () => expect(isTraced).toBe(true));
  if (!isTraced)
    process.stderr.write("\n*** SKIPPED: strace is missing or may not trace, so writes are not traced ***\n\n");

  /** A repository with a worktree of ours, a link that leads out, and a tree file. */
  function prepare(tree: string): ReturnType<typeof jailedRepository> {
    const { jail, repo } = jailedRepository();
    symlinkSync("..", join(repo.root, "link"));
    repo.write("ITERATION_TREE.yaml", tree);
    repo.git("worktree", "add", "--quiet", "-b", "iter/kid", join(repo.root, ".worktrees/kid"));
    return { jail, repo };
  }

  async function expectInside(root: string, args: readonly string[], isSeen: boolean): Promise<void> {
    const about = args.join(" ").slice(0, 200);
    const log = join(tempFolder(), "log");
    expectTame(await runMeasured(args, root, isSeen ? tracer(log) : []), about);
    if (!isSeen) return;
    const outside = changedPaths(log, root).filter((path) => !`${path}/`.startsWith(`${root}/`));
    traced++;
    expect(
      outside.filter((path) => !/^\/dev\/(null|tty)$|^(pipe|socket|anon_inode):/.test(path)),
      about,
    ).toEqual([]);
  }

  it.runIf(isTraced)("control: the tracer sees what is written outside, by the program and by its children", () => {
    const { jail, repo } = jailedRepository();
    const log = join(tempFolder(), "log");
    symlinkSync("..", join(repo.root, "link"));
    const script =
      "touch ../made link/linked; sh -c 'cd ..; mkdir folder; mv made moved; ln -s x points; rm moved; ln -f linked hard'";
    const [command = "", ...rest] = [...tracer(log), "sh", "-c", script];
    execFileSync(command, rest, { cwd: repo.root });
    for (const name of ["made", "linked", "folder", "moved", "points", "hard"])
      expect(changedPaths(log, repo.root)).toContain(join(jail, name));
  });

  it("in the tree file: nothing runs, and nothing outside is written", async () => {
    const trees = namedFields.flatMap((field) => attacks.map((attack) => ({ field, attack })));
    // A stride that no count divides: every field and every attack has its turn in CI, too.
    const chosen = isLong ? trees : trees.filter((_, i) => i % 5 === 0);
    expect(new Set(chosen.map(({ field }) => field)).size).toBe(namedFields.length);
    expect(new Set(chosen.map(({ attack }) => attack)).size).toBe(attacks.length);
    await eachOf(chosen, async ({ field, attack }, i) => {
      const { jail, repo } = prepare(treeOf({ [field]: attack }));
      const calls = callsOn(field === "node_id" ? attack : "n").filter((args) => !args.join("").includes("\0"));
      const some = isLong ? calls : calls.filter((_, k) => k % 5 === i % 5);
      for (const args of some) await expectInside(repo.root, args, isTraced);
      expectUntouched(jail, `${field}: ${attack.slice(0, 100)}`);
    });
  });

  it("on the command line: nothing runs, and nothing outside is written", async () => {
    const usable = attacks.filter((attack) => !attack.includes("\0"));
    await eachOf(usable, async (attack, i) => {
      const { jail, repo } = prepare(treeOf({}));
      const calls = callsWith(attack);
      const some = isLong ? calls : calls.filter((_, k) => k % 5 === i % 5);
      for (const args of some) await expectInside(repo.root, args, isTraced);
      expectUntouched(jail, attack.slice(0, 100));
    });
    report({
      promise,
      anchor: "hostile-names",
      figure: `${attacks.length} names in ${namedFields.length} fields and ${callsWith("").length} calls; ${traced} calls traced, 0 wrote outside, 0 ran anything`,
    });
  });

  it("a .worktrees that is a link leads nowhere", async () => {
    const { jail, repo } = jailedRepository();
    mkdirSync(join(jail, "elsewhere"));
    symlinkSync("../elsewhere", join(repo.root, ".worktrees"));
    repo.write("ITERATION_TREE.yaml", treeOf({}));
    for (const args of [["add", "--desc=x", "--cmd=y", "--worktree"], ...callsOn("n")])
      await expectInside(repo.root, args, isTraced);
    expect(readdirSync(join(jail, "elsewhere"))).toEqual([]);
    // control: git alone follows the link
    repo.git("worktree", "add", "--quiet", "-b", "plain", ".worktrees/plain");
    expect(readdirSync(join(jail, "elsewhere"))).toEqual(["plain"]);
  });
});

describe("the repository's own programs", { timeout: patience }, () => {
  const hooks = [
    "post-checkout",
    "pre-commit",
    "commit-msg",
    "prepare-commit-msg",
    "post-commit",
    "post-index-change",
    "post-rewrite",
    "pre-merge-commit",
    "post-merge",
    "reference-transaction",
  ];

  it("hooks and fsmonitor do not run from our git calls, but run from plain git", async () => {
    const { repo, jail } = jailedRepository();
    repo.git("branch", "other", repo.git("commit-tree", "-p", "HEAD", "-m", "other", "HEAD^{tree}"));
    const ran = join(jail, "ran");
    for (const hook of hooks) {
      const path = join(repo.root, ".git/hooks", hook);
      writeFileSync(path, `#!/bin/sh\necho ${hook} >> "${ran}"\n`, { mode: 0o755 });
    }
    writeFileSync(join(repo.root, ".git/monitor"), `#!/bin/sh\necho monitor >> "${ran}"\n`, { mode: 0o755 });
    const program = async (...args: readonly string[]) => {
      const each = await runMeasured(args, repo.root);
      expect(each, args.join(" ")).toMatchObject({ code: 0 });
    };
    repo.git("config", "core.fsmonitor", ".git/monitor");
    await program("add", "--id", "a", "--desc", "x", "--cmd", "y", "--worktree");
    repo.write(".worktrees/a/train.mjs", "changed");
    await program("sync", "--id", "a", "-m", "$(touch PROOF)");
    await program("add", "--id", "b", "--desc", "x", "--cmd", "y", "--parent", "a", "--worktree");
    await program("sync", "--id", "b");
    await program("compare", "--id", "a", "--id2", "b");
    await program("update", "--id", "b", "--metric", "m=1", "--direction", "maximize");
    await program("worktree", "--id", "a", "--remove");
    await program("worktree", "--id", "a", "--create");
    await program("prune", "--id", "b", "--reason", "x", "--remove-worktree");
    rmSync(join(repo.root, ".worktrees/a"), { recursive: true });
    await program("doctor", "--fix");
    await program("history");
    await program("delete", "--id", "a", "--recursive");
    await program("undo");
    expect(existsSync(ran)).toBe(false);
    // control: plain git runs them all
    repo.git("status");
    repo.git("worktree", "add", "--quiet", "-b", "plain", join(repo.root, "plain"));
    repo.write("train.mjs", "changed");
    repo.git("commit", "--quiet", "--all", "-m", "plain");
    repo.git("commit", "--quiet", "--amend", "-m", "plain again");
    repo.git("merge", "--quiet", "--no-ff", "-m", "merge", "other");
    const seen = execFileSync("sort", ["-u", ran], { encoding: "utf8" });
    for (const name of ["monitor", ...hooks]) expect(seen).toContain(`${name}\n`);
    report({ promise, anchor: "hostile-names", figure: `0 of ${hooks.length + 1} programs of the repository ran` });
  });
});
