import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runProgram } from "../run-program.ts";
import { tempFolder, tempRepository } from "../temp-repository.ts";

const major = Number(process.versions.node.split(".")[0]);

it("keeps what Node compiled in the user's own cache folder, where Node can, and nothing elsewhere", () => {
  const { root } = tempRepository();
  const [home, named] = [tempFolder(), tempFolder()];
  const call = (env: Record<string, string>) => {
    const { code, stderr } = runProgram(["--help"], {
      cwd: root,
      env: { NODE_DISABLE_COMPILE_CACHE: undefined, ...env },
    });
    expect(code, stderr).toBe(0);
  };
  const before = readdirSync(root);
  call({ HOME: home });
  call({ HOME: home });
  expect(existsSync(join(home, ".cache/tree-autoresearch"))).toBe(major >= 22);
  call({ HOME: join(home, "none"), XDG_CACHE_HOME: named });
  expect(readdirSync(named)).toEqual(major >= 22 ? ["tree-autoresearch"] : []);
  call({ HOME: "", XDG_CACHE_HOME: "relative" });
  call({ HOME: "." });
  call({ HOME: "/dev/null" });
  expect(readdirSync(root)).toEqual(before);
});
