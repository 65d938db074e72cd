import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { findRepository, type Repository } from "../../src/git/find-repository.ts";
import { beginWorktree, dropEntries } from "../../src/git/unfinished.ts";
import { addNode } from "../../src/operations/add-node.ts";
import { doctor } from "../../src/operations/doctor.ts";
import { openWorkspace } from "../../src/operations/open-workspace.ts";
import { tempRepository } from "../temp-repository.ts";

it("a git that outlives its killed add, and clears away its own folder, does not hide that the worktree is missing", async () => {
  const repo = tempRepository();
  const open = () => openWorkspace({ cwd: repo.root, create: true });
  await addNode(open(), { id: "a", description: "x", command: "y", worktree: true });
  const path = join(repo.root, ".worktrees/a");
  // As it was in the middle of the checkout: the branch is there, git's entry, and the folder that tells of them.
  repo.git("worktree", "remove", path);
  const repository = findRepository(repo.root) as Repository;
  const folder = beginWorktree(repository, path);
  repo.git("worktree", "add", "--quiet", folder, "iter/a");
  dropEntries(repository);
  rmSync(folder, { recursive: true });
  expect((await doctor(open(), {})).findings).toMatchObject([{ code: "unfinished-add", node_id: "a" }]);
  expect((await doctor(open(), { fix: true })).findings).toMatchObject([{ code: "unfinished-add", fixed: true }]);
  expect(repo.exists(".worktrees/a")).toBe(true);
  expect((await doctor(open(), {})).findings).toEqual([]);
});
