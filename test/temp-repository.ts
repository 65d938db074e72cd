import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** A folder that goes when the test ends. */
export function tempFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "tree-")));
  chmodSync(folder, 0o755);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  return folder;
}

export interface TempRepository {
  readonly root: string;
  readonly treeFile: string;
  readonly git: (...args: readonly string[]) => string;
  readonly write: (path: string, text: string) => void;
  readonly read: (path: string) => string;
  readonly exists: (path: string) => boolean;
}

/** A real repository with one commit on `main` (without one when `empty`). */
export function tempRepository({ empty = false, folder = tempFolder() } = {}): TempRepository {
  const repo = repositoryAt(realpathSync(folder));
  const { git, write } = repo;
  git("init", "--quiet", "--initial-branch=main");
  git("config", "user.name", "Test");
  git("config", "user.email", "test@example.org");
  git("config", "commit.gpgsign", "false");
  if (!empty) {
    write("train.mjs", "console.log('accuracy: 0.9');\n");
    write(".gitignore", "*.ckpt\n");
    git("add", "--all");
    git("commit", "--quiet", "-m", "baseline");
  }
  return repo;
}

/** The repository at `root`, which exists already or is about to. */
export function repositoryAt(root: string): TempRepository {
  return {
    root,
    treeFile: join(root, "ITERATION_TREE.yaml"),
    git: (...args) =>
      execFileSync("git", [...args], { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trimEnd(),
    write(path, text) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    read: (path) => readFileSync(join(root, path), "utf8"),
    exists: (path) => existsSync(join(root, path)),
  };
}
