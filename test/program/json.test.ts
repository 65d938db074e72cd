import { describe, expect, it } from "vitest";
import { answers } from "../../src/tree/answers.ts";
import { type CallOptions, call } from "../in-process.ts";
import { tempRepository } from "../temp-repository.ts";

/** One call with --json: stdout must be exactly one JSON value, on one line. */
async function ask(args: readonly string[], options: CallOptions): Promise<unknown> {
  const { code, stdout } = await call([...args, "--json"], options);
  expect(code, args.join(" ")).toBe(0);
  expect(stdout.split("\n")).toHaveLength(2);
  return JSON.parse(stdout);
}

describe("--json", () => {
  it("answers every command in its published shape", async () => {
    const { root: cwd } = tempRepository();
    const check = async (shape: keyof typeof answers, ...args: string[]) => {
      const parsed = answers[shape].safeParse(await ask(args, { cwd }));
      expect(parsed.error, `${shape}: ${args.join(" ")}`).toBeUndefined();
    };
    await check("plan", "add", "--desc", "x", "--cmd", "y", "--id", "a", "--worktree", "--dry-run");
    await check("node", "add", "--desc", "x", "--cmd", "y", "--id", "a", "--worktree", "--tag", "t");
    await check(
      "node",
      "update",
      "--id",
      "a",
      "--results",
      "{objectives: [{metric: m, value: 1, direction: maximize}, {metric: n, value: 2, direction: minimize}]}",
    );
    await check("node", "sync", "--id", "a");
    await check("node", "add", "--desc", "x", "--cmd", "y", "--id", "b", "--parent", "a");
    await check("worktree", "worktree", "--id", "b", "--create");
    await check("worktree", "worktree", "--id", "a");
    await check("node", "update", "--id", "b", "--metric", "m=3");
    await check("node", "sync", "--id", "b", "-m", "m");
    await check("node", "prune", "--id", "b", "--reason", "r");
    await check("removal", "worktree", "--remove", "--status", "pruned");
    await check("node", "prune", "--id", "b", "--undo");
    await check("list", "list");
    await check("list", "list", "--fields", "id,tags,commit,created,reason");
    await check("node", "get", "--id", "a");
    await check("validate", "validate");
    await check("validate", "validate", "--metric", "m=3");
    await check("visualize", "visualize");
    await check("visualize", "visualize", "--depth", "0");
    await check("compare", "compare", "--id", "a", "--id2", "b");
    await check("best-path", "best-path");
    await check("pareto", "best-path", "--pareto");
    await check("plan", "delete", "--id", "b", "--dry-run");
    await check("plan", "sync", "--id", "a", "--dry-run");
    await check("plan", "update", "--id", "a", "--note", "n", "--dry-run");
    await check("plan", "prune", "--id", "a", "--reason", "r", "--dry-run");
    await check("plan", "worktree", "--id", "a", "--remove", "--dry-run");
    await check("delete", "delete", "--id", "b");
    await check("history", "history");
    await check("version", "history", "--show", "1");
    await check("undo", "undo");
    await check("plan", "undo", "--dry-run");
    await check("plan", "doctor", "--fix", "--dry-run");
    await check("doctor", "doctor", "--fix");
    await check("doctor", "doctor");
  });

  it("an error is one JSON line on stderr, in its published shape", async () => {
    const { root: cwd } = tempRepository();
    const { code, stdout, stderr } = await call(["get", "--id", "x", "--json"], { cwd });
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr.split("\n")).toHaveLength(2);
    expect(answers.error.safeParse(JSON.parse(stderr)).error).toBeUndefined();
  });

  it("control: the shapes refuse something else", () => {
    for (const [name, shape] of Object.entries(answers))
      expect(shape.safeParse({ nonsense: 1 }).success, name).toBe(false);
  });

  it("holds no raw character that a terminal or CI log obeys, and no NaN", async () => {
    const repo = tempRepository();
    repo.write(
      "ITERATION_TREE.yaml",
      'nodes: [{node_id: a, description: "\\e]0;x\\a \\u202e ::set-output name=x:: ##[error]", extra: .nan, more: -.inf}]\n',
    );
    const { stdout } = await call(["get", "--id", "a", "--json"], { cwd: repo.root });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(stdout.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]|##\[|NaN|Infinity/);
    expect(JSON.parse(stdout)).toMatchObject({
      description: "\u001b]0;x\u0007 \u202e ::set-output name=x:: ##[error]",
      extra: null,
      more: null,
    });
  });
});
