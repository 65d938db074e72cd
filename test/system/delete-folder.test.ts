import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { deleteFolder } from "../../src/system/delete-folder.ts";
import { tempFolder } from "../temp-repository.ts";
import { failFs } from "./with-fault.ts";

function fullFolder(): string {
  const folder = join(tempFolder(), "f");
  mkdirSync(join(folder, "inner", "deep"), { recursive: true });
  writeFileSync(join(folder, "inner", "file"), "x", { mode: 0o400 });
  return folder;
}

const modeOf = (path: string) => statSync(path).mode & 0o777;

describe("deleteFolder", () => {
  it("deletes a folder with all that is in it; one that is not there is gone already", () => {
    const folder = fullFolder();
    expect([deleteFolder(folder), existsSync(folder)]).toEqual([true, false]);
    expect(deleteFolder(folder)).toBe(true);
  });

  it("opens folders that are closed, follows no link, and then deletes them", () => {
    const [folder, other] = [fullFolder(), tempFolder()];
    symlinkSync(other, join(folder, "link"));
    chmodSync(other, 0o500);
    chmodSync(join(folder, "inner", "deep"), 0o500);
    chmodSync(join(folder, "inner"), 0o500);
    chmodSync(folder, 0o500);
    failFs("rmSync", "EACCES", { times: 2 });
    expect(deleteFolder(folder)).toBe(false);
    expect([folder, join(folder, "inner"), join(folder, "inner", "deep")].map(modeOf)).toEqual([0o700, 0o700, 0o700]);
    expect([modeOf(other), modeOf(join(folder, "inner", "file"))]).toEqual([0o500, 0o400]);
    chmodSync(join(folder, "inner"), 0o500);
    expect([deleteFolder(folder), existsSync(folder)]).toEqual([true, false]);
  });

  it("deletes them at once when that was all", () => {
    const folder = fullFolder();
    failFs("rmSync", "EACCES", { times: 1 });
    expect([deleteFolder(folder), existsSync(folder)]).toEqual([true, false]);
  });

  it("leaves what is another user's, and says so", () => {
    const folder = fullFolder();
    failFs("rmSync", "EPERM", { times: 1 });
    failFs("chmodSync", "EPERM");
    expect([deleteFolder(folder), existsSync(folder)]).toEqual([false, true]);
  });

  it("hides no defect of its own", () => {
    failFs("rmSync", undefined, { times: 1 });
    expect(() => deleteFolder(fullFolder())).toThrow("fault");
  });
});
