import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { atomicWrite } from "../../src/system/atomic-write.ts";
import { tempFolder } from "../temp-repository.ts";

describe("atomicWrite", () => {
  it("replaces the file by a new one: a reader that has the old one open still sees it whole", () => {
    const path = join(tempFolder(), "f");
    writeFileSync(path, "old");
    const inode = statSync(path).ino;
    expect(atomicWrite(path, Buffer.from("new"))).toBe(true);
    expect(readFileSync(path, "utf8")).toBe("new");
    expect(statSync(path).ino).not.toBe(inode);
  });

  it("replaces nothing when the last look says no, and leaves no temporary file", () => {
    const path = join(tempFolder(), "f");
    writeFileSync(path, "old");
    expect(atomicWrite(path, Buffer.from("new"), () => false)).toBe(false);
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(join(path, ".."))).toEqual(["f"]);
  });

  it("looks for the last time only when the new text is complete on disk", () => {
    const folder = tempFolder();
    const path = join(folder, "f");
    atomicWrite(path, Buffer.from("whole"), () => {
      const [temporary] = readdirSync(folder);
      expect(readFileSync(join(folder, temporary as string), "utf8")).toBe("whole");
      expect(existsSync(path)).toBe(false);
      return true;
    });
    expect(readFileSync(path, "utf8")).toBe("whole");
  });

  it("leaves no temporary file when it fails", () => {
    const folder = tempFolder();
    expect(() =>
      atomicWrite(join(folder, "f"), Buffer.from("x"), () => {
        throw new Error("stop");
      }),
    ).toThrow("stop");
    expect(readdirSync(folder)).toEqual([]);
  });
});
