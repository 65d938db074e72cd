import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { leavingOf } from "../../src/git/leaving.ts";
import { addNode } from "../../src/operations/add-node.ts";
import { deleteNode } from "../../src/operations/delete-node.ts";
import { openWorkspace } from "../../src/operations/open-workspace.ts";
import { pruneNode, unpruneNode } from "../../src/operations/prune-node.ts";
import { removeWorktrees } from "../../src/operations/remove-worktrees.ts";
import { syncCommit } from "../../src/operations/sync-commit.ts";
import { updateNode } from "../../src/operations/update-node.ts";
import { requireNode } from "../../src/tree/find-node.ts";
import type { TempRepository } from "../temp-repository.ts";
import { add, edit, grown, holdGit, holdTree, open, whileWaiting, withGit } from "./grown.ts";

/** A workspace, and what it warns of. */
function listening(repo: TempRepository) {
  const warned: string[] = [];
  return { warned, workspace: openWorkspace({ cwd: repo.root, warn: (message) => warned.push(message) }) };
}

const results = { objectives: [{ metric: "accuracy", direction: "maximize" as const, value: 1 }], primary_index: 0 };

describe("a removal that waits for its turn", () => {
  it.each([
    [
      "worktree --remove --status pruned",
      (repo: TempRepository) => removeWorktrees(open(repo), { status: "pruned", force: true }),
    ],
    [
      "prune --remove-worktree",
      (repo: TempRepository) => pruneNode(open(repo), { id: "a", reason: "bad", removeWorktree: true, force: true }),
    ],
  ])(
    "spares the worktree of a node that was brought back by then: %s",
    async (_, remove: (repo: TempRepository) => Promise<unknown>) => {
      const { repo } = await grown();
      await pruneNode(open(repo), { id: "a", reason: "bad" });
      await whileWaiting(
        holdGit(repo),
        () => remove(repo),
        () => {
          edit(repo, (text) => text.replace(/status: "?pruned"?/, "status: running"));
          writeFileSync(join(repo.root, ".worktrees/a/night.ckpt"), "gold");
        },
      );
      expect(repo.read(".worktrees/a/night.ckpt")).toBe("gold");
    },
  );

  it("removes what is pruned still", async () => {
    const { repo } = await grown();
    await pruneNode(open(repo), { id: "a", reason: "bad" });
    expect(await removeWorktrees(open(repo), { status: "pruned" })).toEqual([{ node_id: "a", removed: true }]);
    await unpruneNode(open(repo), "a");
  });
});

describe("an add that waits for its turn", () => {
  it.each([
    ["at the same commit", false],
    ["at a later one", true],
  ])("leaves the branch alone that somebody makes by then, %s, and takes its node back", async (_, isLater) => {
    const { repo } = await grown();
    let made = "";
    const ended = await whileWaiting(
      holdGit(repo),
      () => add(open(repo), "late"),
      () => {
        if (isLater) repo.git("commit", "--quiet", "--allow-empty", "-m", "meanwhile");
        repo.git("branch", "iter/late");
        made = repo.git("rev-parse", "iter/late");
      },
    );
    expect(ended).toMatchObject({
      reason: { exitCode: 4, message: expect.stringContaining("'iter/late' exists already") },
    });
    expect(repo.git("rev-parse", "iter/late")).toBe(made);
    expect((await open(repo).load()).nodes.map((node) => node.node_id)).toEqual(["a"]);
    expect(readdirSync(join(repo.root, ".worktrees"))).toEqual(["a"]);
    expect(repo.git("worktree", "list").split("\n")).toHaveLength(2);
  });

  it("leaves it alone also when git fails before it looks for the branch", async () => {
    const { repo } = await grown();
    const script = 'case " $* " in *" worktree add "*) echo "fatal: cannot fork() for branch" >&2; exit 128;; esac';
    const ended = await withGit(`${script}\nexec $GIT "$@"`, () =>
      whileWaiting(
        holdGit(repo),
        () => add(open(repo), "late"),
        () => repo.git("branch", "iter/late"),
      ),
    );
    expect(ended).toMatchObject({ status: "rejected" });
    expect(repo.git("rev-parse", "iter/late")).toBe(repo.git("rev-parse", "HEAD"));
  });

  it("tries again when git met another one, and does not take its own branch for somebody else's", async () => {
    const { repo } = await grown();
    const first = join(repo.root, ".git/first");
    const message = "fatal: failed to read .git/worktrees/x/commondir: Success";
    const script = `case " $* " in *" worktree add "*) if [ ! -e ${first} ]; then
      touch ${first}; $GIT branch iter/late; echo "${message}" >&2; exit 128; fi;; esac`;
    await withGit(`${script}\nexec $GIT "$@"`, () => add(open(repo), "late"));
    expect(readdirSync(join(repo.root, ".worktrees"))).toEqual(["a", "late"]);
    expect(repo.git("-C", join(repo.root, ".worktrees/late"), "branch", "--show-current")).toBe("iter/late");
    expect(readdirSync(join(repo.root, ".git/worktrees"))).toHaveLength(2);
  });
});

describe("a sync that is overtaken by a later one", () => {
  it("records what the worktree is at by then", async () => {
    const { repo, commit } = await grown();
    commit("one");
    let later = "";
    await whileWaiting(
      holdTree(repo),
      () => syncCommit(open(repo), { id: "a" }),
      () => {
        later = commit("two");
        // What another sync would record: it cannot be run itself, since the lock is held here.
        edit(repo, (text) => text.replace(/commit: null/, `commit: "${later}"`));
      },
    );
    expect(requireNode(await open(repo).load(), "a").worktree?.commit).toBe(later);
  });
});

describe("a delete that fails half-way", () => {
  it("says which worktrees are gone already, and how they come back", async () => {
    const { repo, commit } = await grown();
    const made = commit("a night's work");
    await addNode(open(repo), { id: "k", description: "x", command: "y", parent: "a" });
    edit(repo, (text) => text.replace(/(node_id: "?k"?\n(?:.*\n)*?.*)parent_id: "?a"?/, "$1parent_id: null"));
    const { warned, workspace } = listening(repo);
    const deleted = await whileWaiting(
      holdTree(repo),
      () => deleteNode(workspace, { id: "a" }),
      () => edit(repo, (text) => text.replace(/(node_id: "?k"?\n(?:.*\n)*?.*)parent_id: null/, "$1parent_id: a")),
    );
    expect(deleted).toMatchObject({ status: "rejected", reason: { exitCode: 4 } });
    expect(warned.join()).toMatch(/removed already: the worktrees of a,.*worktree --id a --create/);
    await removeWorktrees(open(repo), { id: "a" }).catch(() => {});
    const { createNodeWorktree } = await import("../../src/operations/create-worktree.ts");
    await createNodeWorktree(open(repo), "a");
    expect(repo.git("rev-parse", "iter/a")).toBe(made);
  });
});

describe("after a removal that was killed", () => {
  it("update and sync find the worktree where it was", async () => {
    const { repo, at } = await grown();
    const { renameSync } = await import("node:fs");
    renameSync(at, leavingOf(at));
    await updateNode(open(repo), { id: "a", results });
    expect(requireNode(await open(repo).load(), "a").recorded?.commit).toBe(repo.git("rev-parse", "iter/a"));
    renameSync(at, leavingOf(at));
    expect((await syncCommit(open(repo), { id: "a" })).commit).toBe(repo.git("rev-parse", "iter/a"));
  });

  it("results of a node without its worktree are said to have no commit", async () => {
    const { repo, at } = await grown();
    await removeWorktrees(open(repo), { id: "a" });
    const { warned, workspace } = listening(repo);
    await updateNode(workspace, { id: "a", results });
    expect(warned).toEqual([`the commit of these results is not recorded: there is no worktree at ${at}`]);
  });
});
