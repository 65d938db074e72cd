import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isEmpty, isThere } from "../../src/system/is-there.ts";
import { runCommand } from "../run-program.ts";
import { tempFolder } from "../temp-repository.ts";
import { failFs } from "./with-fault.ts";

describe("isThere", () => {
  it("follows links, and says no where nothing can be", () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "file"), "");
    mkdirSync(join(folder, "inner"));
    symlinkSync("file", join(folder, "link"));
    symlinkSync("nowhere", join(folder, "dangling"));
    symlinkSync("loop", join(folder, "loop"));
    for (const name of [".", "file", "inner", "link"]) expect(isThere(join(folder, name)), name).toBe(true);
    for (const name of ["x", "dangling", "loop", "file/x", "x".repeat(300), "a\0b"])
      expect(isThere(join(folder, name)), name).toBe(false);
  });

  it.runIf(process.getuid?.() === 0)("throws when the system does not tell", () => {
    const folder = tempFolder();
    mkdirSync(join(folder, "closed"), { mode: 0o700 });
    const script = `import { isThere } from ${JSON.stringify(join(import.meta.dirname, "../../dist/system/is-there.js"))}; process.setuid(65534); isThere(${JSON.stringify(join(folder, "closed/x"))})`;
    const { code, stderr } = runCommand(process.execPath, ["--input-type=module", "-e", script], { cwd: "/" });
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("EACCES") });
  });

  it.each(["EACCES", "EIO", undefined])("throws what is no answer: %s", (code) => {
    failFs("statSync", code);
    expect(() => isThere("/x")).toThrow(`fault: ${code}`);
  });
});

describe("isEmpty", () => {
  it("is true of a folder that holds nothing, and of nothing else", () => {
    const folder = tempFolder();
    expect(isEmpty(folder)).toBe(true);
    writeFileSync(join(folder, "file"), "");
    expect([isEmpty(folder), isEmpty(join(folder, "file"))]).toEqual([false, false]);
    expect(() => isEmpty(join(folder, "none"))).toThrow("ENOENT");
  });
});
