import { readFileSync } from "node:fs";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { isDead, isHere, isRunning, ownIdentity, parseIdentity } from "../../src/system/process-identity.ts";
import { aroundFs, failFs, renameHost, systemError } from "./with-fault.ts";

const noProcess = 2 ** 22 + 1;
const partsOf = () => ownIdentity().host.split(",");

function onPlatform(platform: NodeJS.Platform): void {
  vi.spyOn(process, "platform", "get").mockReturnValue(platform);
  onTestFinished(() => void vi.restoreAllMocks());
}

describe("what the system does not tell", () => {
  it("of the machine, is empty: nothing is proved then", () => {
    const [name, , , namespace] = partsOf();
    failFs("readFileSync", "ENOENT");
    expect(partsOf()).toEqual([name, "", "", namespace]);
    const own = ownIdentity();
    expect(own.start).toBe("");
    expect(isDead({ ...own, pid: noProcess })).toBe(false);
    expect([isHere(own), isHere({ ...own, pid: noProcess })]).toEqual([true, false]);
    failFs("readlinkSync", "ENOENT");
    expect(partsOf()).toEqual([name, "", "", ""]);
  });

  it("of a process that may be another user's, is unknown: its number alone counts", () => {
    const own = ownIdentity();
    failFs("readFileSync", "EACCES", { isMeant: (path) => path.startsWith(`/proc/${own.pid}/`) });
    expect(isDead({ ...own, start: "1" })).toBe(false);
    expect(isDead({ ...own, pid: noProcess })).toBe(true);
  });

  it.runIf(process.platform === "linux")("is asked of a program on macOS, and is empty where that is missing", () => {
    onPlatform("darwin");
    expect(partsOf()[2]).toBe("");
    expect(isHere(ownIdentity())).toBe(true);
  });
});

describe("the host", () => {
  it("is named without what would part it from the rest, and never long", () => {
    renameHost(`my_host, ~/ü.${"x".repeat(100)}`);
    expect(partsOf()[0]).toBe(`my_host_____.${"x".repeat(100)}`.slice(0, 64));
  });

  it("is the machine's id as far as it is one", () => {
    aroundFs("readFileSync", (call, args) =>
      args[0] === "/etc/machine-id" ? `${"0a".repeat(20)}-z\n` : call(...args),
    );
    expect(partsOf()[1]).toBe("0a".repeat(16));
  });
});

describe("isRunning", () => {
  it("is true of a process that this user may not signal", () => {
    vi.spyOn(process, "kill").mockImplementation(() => {
      throw systemError("EPERM");
    });
    onTestFinished(() => void vi.restoreAllMocks());
    expect(isRunning(1)).toBe(true);
  });
});

describe("isDead", () => {
  it.runIf(process.platform === "linux").each([
    ["Z", true],
    ["X", true],
    ["S", false],
  ])("goes by the state that the system tells: %s", (state, expected) => {
    const own = ownIdentity();
    const stat = readFileSync(`/proc/${own.pid}/stat`, "utf8").replace(/\) \w /, `) ${state} `);
    aroundFs("readFileSync", (call, args) => (args[0] === `/proc/${own.pid}/stat` ? stat : call(...args)));
    expect(isDead(own)).toBe(expected);
  });
});

describe("parseIdentity", () => {
  it("reads three parts, the second of which may be empty", () => {
    expect(parseIdentity("7~12~host")).toEqual({ pid: 7, start: "12", host: "host" });
    expect(parseIdentity("7~~host")).toEqual({ pid: 7, start: "", host: "host" });
    for (const text of ["", "7", "7~", "7~1", "7~1~", "~1~host", "x~1~host", "7x~1~host", "x7~1~host"])
      expect(parseIdentity(text), text).toBeUndefined();
  });
});
