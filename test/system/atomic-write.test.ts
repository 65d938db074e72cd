import fs, {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { atomicWrite, removeLeftovers } from "../../src/system/atomic-write.ts";
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

  it("keeps the mode of the file that it replaces, whatever the umask", () => {
    const path = join(tempFolder(), "f");
    writeFileSync(path, "old");
    for (const mode of [0o666, 0o600, 0o4750]) {
      chmodSync(path, mode);
      atomicWrite(path, Buffer.from("new"));
      expect(statSync(path).mode & 0o7777).toBe(mode);
    }
  });

  it.runIf(process.getuid?.() === 0)("keeps the owner and the group of the file that it replaces", () => {
    const path = join(tempFolder(), "f");
    writeFileSync(path, "old");
    for (const [uid, gid] of [
      [1234, 0],
      [0, 1234],
    ] as const) {
      chownSync(path, uid, gid);
      atomicWrite(path, Buffer.from("new"));
      expect(statSync(path)).toMatchObject({ uid, gid });
    }
  });

  it("gives a new file the mode that any new file gets", () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "other"), "");
    atomicWrite(join(folder, "f"), Buffer.from("new"));
    expect(statSync(join(folder, "f")).mode).toBe(statSync(join(folder, "other")).mode);
  });

  it("writes beside the target of a symbolic link, under a hidden name that tells the file and the process", () => {
    const [folder, other] = [tempFolder(), tempFolder()];
    writeFileSync(join(folder, "f"), "old");
    symlinkSync(join(folder, "f"), join(other, "link"));
    let names: readonly string[] = [];
    atomicWrite(join(other, "link"), Buffer.from("new"), () => {
      names = readdirSync(folder);
      return true;
    });
    expect(names).toEqual([expect.stringMatching(new RegExp(`^\\.f\\.${process.pid}\\.[a-z0-9]{4,8}\\.tmp$`)), "f"]);
    expect(lstatSync(join(other, "link")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, "f"), "utf8")).toBe("new");
  });

  it.runIf(existsSync("/proc/self/fd"))("keeps no file open, also when it fails", () => {
    const path = join(tempFolder(), "f");
    const count = () => readdirSync("/proc/self/fd").length;
    const before = count();
    for (let i = 0; i < 10; i++) {
      atomicWrite(path, Buffer.from("x"));
      expect(() => atomicWrite(join(path, "none"), Buffer.from("x"))).toThrow();
    }
    expect(count()).toBe(before);
  });

  it("flushes the new file before its name is given to it, and the folder behind", () => {
    const [path, calls] = [join(tempFolder(), "f"), [] as string[]];
    const originals = { fsyncSync: fs.fsyncSync, renameSync: fs.renameSync };
    for (const name of ["fsyncSync", "renameSync"] as const) {
      const original = fs[name] as (...args: readonly unknown[]) => void;
      const counted = (...args: readonly unknown[]) => {
        const isFolder = typeof args[0] === "number" && fs.fstatSync(args[0]).isDirectory();
        calls.push(name === "fsyncSync" ? `flush ${isFolder ? "folder" : "file"}` : "rename");
        original(...args);
      };
      Object.assign(fs, { [name]: counted });
    }
    syncBuiltinESMExports();
    onTestFinished(() => {
      Object.assign(fs, originals);
      syncBuiltinESMExports();
    });
    atomicWrite(path, Buffer.from("x"));
    expect(calls).toEqual(["flush file", "rename", "flush folder"]);
  });

  it("writes megabytes whole, and nothing at all", () => {
    const path = join(tempFolder(), "f");
    const bytes = Buffer.alloc(3 * 1024 * 1024, "0123456789");
    atomicWrite(path, bytes);
    expect(readFileSync(path).equals(bytes)).toBe(true);
    atomicWrite(path, Buffer.alloc(0));
    expect(statSync(path).size).toBe(0);
  });
});

describe("removeLeftovers", () => {
  it("removes what writers of this file left behind, through a symbolic link too, and nothing else", () => {
    const [folder, other] = [tempFolder(), tempFolder()];
    const kept = [
      "f",
      ".f.12.abc.tmp.old",
      ".f.x.abc.tmp",
      ".f.12.ABC.tmp",
      ".f.12.abc.tmpx",
      ".g.12.abc.tmp",
      ".f.12.tmp",
      // Whoever writes it still lives.
      `.f.${process.pid}.abc.tmp`,
    ];
    // No process has a number beyond the largest that Linux allows.
    for (const name of [...kept, `.f.${2 ** 22 + 1}.abc.tmp`, `.f.${2 ** 22 + 2}.a1b2c3d4.tmp`])
      writeFileSync(join(folder, name), "");
    symlinkSync(join(folder, "f"), join(other, "link"));
    removeLeftovers(join(other, "link"));
    expect(readdirSync(folder)).toEqual(kept.toSorted());
  });
});
