import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { type TempRepository, tempFolder, tempRepository } from "../temp-repository.ts";
import { mostMegabytes } from "./hostile-files.ts";
import type { Measured } from "./measured.ts";

/** A repository alone in its folder, so that whatever is written beside it is seen. */
export function jailedRepository(): { readonly jail: string; readonly repo: TempRepository } {
  const jail = tempFolder();
  mkdirSync(join(jail, "repository"));
  return { jail, repo: tempRepository({ folder: join(jail, "repository") }) };
}

/** It ended by itself, without a defect, and took no more memory than it may. */
export function expectTame(ran: Measured, about: string, megabytes = mostMegabytes): void {
  const shown = `${about}: ${ran.stderr.slice(0, 300)}`;
  expect(ran.signal, shown).toBeNull();
  expect(ran.code, shown).toBeLessThan(128);
  // 1 is a defect of the program, whatever the input
  expect(ran.code, shown).not.toBe(1);
  expect(ran.megabytes, shown).toBeLessThan(megabytes);
}

/** Nothing was made beside the repository, and no attack ran its command in it. */
export function expectUntouched(jail: string, about: string): void {
  expect(readdirSync(jail), about).toEqual(["repository"]);
  // A branch may bear that name: its ref and its log are no proof.
  const proofs = execFileSync("find", [jail, "-name", "PROOF*", "-not", "-path", "*/refs/*"], { encoding: "utf8" });
  expect(proofs, about).toBe("");
}
