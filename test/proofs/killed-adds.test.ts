import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { cleanEnvironment, program, runProgram } from "../run-program.ts";
import { type TempRepository, tempRepository } from "../temp-repository.ts";
import { findLock } from "./crash-check.ts";
import { campaign, patience, report, size } from "./proof.ts";
import { findLeftovers } from "./repository-state.ts";

/** Large enough that a kill finds git at its checkout. */
function repositoryWithFiles(): TempRepository {
  const repository = tempRepository();
  for (let i = 0; i < 200; i++) repository.write(`data/${i % 20}/${i}.txt`, `line of file ${i}\n`.repeat(200));
  repository.git("add", "--all");
  repository.git("commit", "--quiet", "-m", "data");
  runProgram(["add", "--id", "root", "--desc", "x", "--cmd", "y"], { cwd: repository.root });
  return repository;
}

const addOf = (id: string) => ["add", "--id", id, "--desc", id, "--cmd", "true", "--worktree"];

/** Starts an add and kills it after so long: the program alone, so that its git goes on as an orphan, or both. */
async function killAdd(root: string, id: string, after: number, withGit: boolean): Promise<boolean> {
  const env = cleanEnvironment(root);
  const options = { cwd: root, env, detached: true, stdio: "ignore" } as const;
  const child = spawn(process.execPath, [program, ...addOf(id)], options);
  const ended = once(child, "exit");
  await Promise.race([sleep(after), ended]);
  try {
    process.kill(withGit ? -(child.pid as number) : (child.pid as number), "SIGKILL");
  } catch {
    // it was done already
  }
  const [code] = (await ended) as [number | null];
  return code === null;
}

/** What must not be there once all is well again: locks, half a worktree, a branch or folder without a node. */
function leftovers({ root, git }: TempRepository, ids: readonly string[]): readonly string[] {
  const state = readdirSync(join(root, ".git/tree-autoresearch"), { recursive: true }).map(String);
  const entries = join(root, ".git/worktrees");
  const locked = (existsSync(entries) ? readdirSync(entries) : []).filter((name) =>
    existsSync(join(entries, name, "locked")),
  );
  const branches = git("for-each-ref", "--format=%(refname:lstrip=3)", "refs/heads/iter").split("\n").filter(Boolean);
  const folders = existsSync(join(root, ".worktrees")) ? readdirSync(join(root, ".worktrees")) : [];
  const known = git("worktree", "list", "--porcelain").match(/^worktree .*$/gm) ?? [];
  const wanted = [root, ...ids.filter((id) => id !== "root").map((id) => join(root, ".worktrees", id))];
  return [
    ...known.map((line) => line.slice("worktree ".length)).filter((path) => !wanted.includes(path)),
    ...findLeftovers(root),
    ...state.filter((name) => /\.lock/.test(name)),
    ...readdirSync(root).filter((name) => name.endsWith(".tmp")),
    ...locked.map((name) => `${name} is locked`),
    ...branches.filter((id) => !ids.includes(id)).map((id) => `branch iter/${id}`),
    ...folders.filter((id) => !ids.includes(id)).map((id) => `folder ${id}`),
  ];
}

async function killAndRecover(repository: TempRepository, round: number) {
  const { root, git } = repository;
  const id = `k${round}`;
  const isKilled = await killAdd(root, id, 40 + Math.random() * 350, round % 2 === 0);
  const way = round % 4 < 2 ? "doctor" : "add";
  const mend = () => runProgram(way === "doctor" ? ["doctor", "--fix"] : addOf(id), { cwd: root });
  let mended = mend();
  // A git that is killed while it writes a branch leaves its own lock, which is named, and not ours to delete.
  const lock = findLock(mended.stdout + mended.stderr);
  if (lock !== undefined) {
    expect(mended.stdout + mended.stderr).toMatch(/If none is at work there any more, delete that file/);
    rmSync(lock);
    mended = mend();
  }
  expect(mended.code, `${way} after round ${round}: ${mended.stdout}${mended.stderr}`).toBe(0);
  const { code, stdout } = runProgram(["doctor"], { cwd: root });
  expect(code, `doctor after round ${round}, ${way}: ${stdout}`).toBe(0);
  const ids = (JSON.parse(runProgram(["list", "--json"], { cwd: root }).stdout) as { id: string }[]).map(
    (each) => each.id,
  );
  // One that was killed before it was recorded never was; another add makes it.
  const told = `${way} after round ${round}: ${mended.stdout}${mended.stderr}\nnow: ${runProgram(["get", "--id", id], { cwd: root }).stdout}`;
  if (ids.includes(id)) expect(existsSync(join(root, ".worktrees", id)), told).toBe(true);
  if (ids.includes(id))
    expect(git("-C", `.worktrees/${id}`, "status", "--porcelain", "--branch")).toBe(`## iter/${id}`);
  else expect(way).toBe("doctor");
  expect(leftovers(repository, ids)).toEqual([]);
  return {
    ...{ killed: Number(isKilled), [way]: Number(isKilled), recorded: Number(ids.includes(id)) },
    locked: Number(lock !== undefined),
  };
}

it(
  "an add that was killed at any point is completed by doctor --fix, and by the same add; nothing is left over",
  async () => {
    const kills = size({ ci: 8, long: 320 });
    const sums = await campaign("killed-adds", { rounds: kills, each: 20 }, async (first, count) => {
      const repository = repositoryWithFiles();
      let sum: Record<string, number> = {};
      for (let round = first; round < first + count; round++) {
        const one = await killAndRecover(repository, round);
        sum = Object.fromEntries(
          Object.entries({ ...sum, ...one }).map(([name]) => [
            name,
            (sum[name] ?? 0) + ((one as Record<string, number>)[name] ?? 0),
          ]),
        );
      }
      return sum;
    });
    expect(sums["killed"]).toBeGreaterThanOrEqual(size({ ci: 2, long: 200 }));
    expect(sums["locked"]).toBeLessThanOrEqual(Math.max(1, (sums["killed"] ?? 0) * 0.05));
    report({
      promise:
        "A killed `add --worktree` is completed by `doctor --fix`, or by the same add; no branch, folder or lock is left over",
      anchor: "killed-adds",
      figure: `${sums["killed"]} killed (${sums["doctor"]} then doctor, ${sums["add"]} then add): all recovered, ${sums["locked"]} of them when a lock of git's own, which was named, was deleted`,
    });
  },
  patience,
);
