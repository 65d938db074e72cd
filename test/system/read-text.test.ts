import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readText } from "../../src/system/read-text.ts";
import { tempFolder } from "../temp-repository.ts";
import { failFs } from "./with-fault.ts";

describe("readText", () => {
  it("is empty where there is no file, and nothing else is", () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "file"), "é\n");
    expect(["file", "none", "file/none", "."].map((name) => readText(join(folder, name)))).toEqual(["é\n", "", "", ""]);
    for (const code of ["EIO", "XENOENT", "ENOENTX", undefined]) {
      failFs("readFileSync", code, { times: 1 });
      expect(() => readText(join(folder, "file")), code).toThrow(`fault: ${code}`);
    }
  });
});
