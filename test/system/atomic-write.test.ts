import {
  chmodSync,
  chownSync,
  existsSync,
  fstatSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { atomicWrite, removeLeftovers } from "../../src/system/atomic-write.ts";
import { tempFolder } from "../temp-repository.ts";
import { aroundFs, systemError } from "./with-fault.ts";

/** No process has a number beyond the largest that Linux allows. */
const noProcess = 2 ** 22 + 1;

function failFolderFlush(code: string | undefined): void {
  aroundFs("fsyncSync", (call, args) => {
    if (fstatSync(args[0] as number).isDirectory()) throw systemError(code);
    return call(...args);
  });
}

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
    for (const name of ["fsyncSync", "renameSync"] as const)
      aroundFs(name, (call, args) => {
        const isFolder = typeof args[0] === "number" && fstatSync(args[0]).isDirectory();
        calls.push(name === "fsyncSync" ? `flush ${isFolder ? "folder" : "file"}` : "rename");
        return call(...args);
      });
    atomicWrite(path, Buffer.from("x"));
    expect(calls.splice(0)).toEqual(["flush file", "rename", "flush folder"]);
    atomicWrite(path, Buffer.from("y"), undefined, { isFlushed: false });
    expect(calls).toEqual(["rename"]);
  });

  it("goes on where a write took less than it was given, and refuses one that lied", () => {
    const path = join(tempFolder(), "f");
    const writeHalf = (call: (...args: readonly unknown[]) => unknown, [file, bytes, from]: readonly unknown[]) => {
      const left = (bytes as Buffer).length - (from as number);
      return [call(file, bytes, from, Math.ceil(left / 2)) as number, left] as const;
    };
    aroundFs("writeSync", (call, args) => writeHalf(call, args)[0]);
    atomicWrite(path, [Buffer.from("abcdef"), Buffer.from("ghi")]);
    expect(readFileSync(path, "utf8")).toBe("abcdefghi");
    aroundFs("writeSync", (call, args) => writeHalf(call, args)[1]);
    expect(() => atomicWrite(path, Buffer.from("1234567890"))).toThrow(
      expect.objectContaining({ code: "EIO", path: expect.any(String), message: "wrote 5 of 10 bytes" }),
    );
    expect([readFileSync(path, "utf8"), readdirSync(join(path, ".."))]).toEqual(["abcdefghi", ["f"]]);
  });

  it("gives it the mode that is asked for, from the beginning", () => {
    const path = join(tempFolder(), "f");
    const modes: unknown[] = [];
    aroundFs("openSync", (call, args) => {
      if (args[1] === "wx") modes.push(args[2]);
      return call(...args);
    });
    atomicWrite(path, Buffer.from("x"), undefined, { mode: 0o600 });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    atomicWrite(path, Buffer.from("x"));
    atomicWrite(path, Buffer.from("x"), undefined, { mode: 0o646 });
    expect(statSync(path).mode & 0o777).toBe(0o646);
    expect(modes.map((mode) => (mode as number) & 0o777)).toEqual([0o600, 0o600, 0o646]);
  });

  it("replaces the file also where its owner cannot be kept: then at least its group, if that can", () => {
    const path = join(tempFolder(), "f");
    writeFileSync(path, "old");
    const { uid, gid } = statSync(path);
    const asked: unknown[] = [];
    aroundFs("statSync", (call, args) => {
      const stat = call(...args) as { uid: number; gid: number } | undefined;
      return args[0] === path ? Object.assign(stat as object, { uid: uid + 1, gid: gid + 1 }) : stat;
    });
    aroundFs("fchownSync", (_, [, ...owner]) => {
      asked.push(owner);
      throw systemError("EPERM");
    });
    atomicWrite(path, Buffer.from("new"));
    expect(asked).toEqual([
      [uid + 1, gid + 1],
      [uid, gid + 1],
    ]);
    expect(readFileSync(path, "utf8")).toBe("new");
  });

  it.each(["EINVAL", "ENOTSUP", "EOPNOTSUPP", "EBADF"])(
    "needs no flush of the folder where there is none: %s",
    (code) => {
      const path = join(tempFolder(), "f");
      failFolderFlush(code);
      atomicWrite(path, Buffer.from("new"));
      expect(readFileSync(path, "utf8")).toBe("new");
    },
  );

  it.each(["EIO", "XEINVAL", "EBADFX", undefined])("tells of every other failure of it: %s", (code) => {
    failFolderFlush(code);
    expect(() => atomicWrite(join(tempFolder(), "f"), Buffer.from("new"))).toThrow(`fault: ${code}`);
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
      `.f.${noProcess}.abc.tmp.old`,
      `.f.x${noProcess}.abc.tmp`,
      `.f.${noProcess}.ABC.tmp`,
      `.f.${noProcess}.abc.tmpx`,
      `.g.${noProcess}.abc.tmp`,
      `.f.${noProcess}.tmp`,
      // Whoever writes it still lives.
      `.f.${process.pid}.abc.tmp`,
    ];
    for (const name of [...kept, `.f.${noProcess}.abc.tmp`, `.f.${noProcess + 1}.a1b2c3d4.tmp`])
      writeFileSync(join(folder, name), "");
    symlinkSync(join(folder, "f"), join(other, "link"));
    removeLeftovers(join(other, "link"));
    expect(readdirSync(folder)).toEqual(kept.toSorted());
  });
});
