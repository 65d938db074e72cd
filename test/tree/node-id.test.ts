import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { generateId, isSafeId, requireSafeId } from "../../src/tree/node-id.ts";

const safeId = fc.string({ unit: fc.constantFrom(..."abcABC019._-"), minLength: 1, maxLength: 20 }).filter(isSafeId);

describe("isSafeId", () => {
  it.each([
    "a",
    "7",
    "iter1_baseline",
    "A.b-c_d",
    "a.b.c",
    "lock",
    "a.locks",
    "console",
    "com",
    "my-con",
    "xcom1.txt",
    "com10",
    "x".repeat(100),
  ])("accepts %s", (id) => {
    expect(isSafeId(id)).toBe(true);
  });

  it.each([
    ["nothing", ""],
    ["101 characters", "x".repeat(101)],
    ["an option", "-x"],
    ["a hidden file", ".git"],
    ["an underscore first", "_a"],
    ["a way up", "a..b"],
    ["a dot last", "a."],
    ["git's own ending", "a.lock"],
    ["that in another case", "a.LoCk"],
    ["a folder", "a/b"],
    ["a Windows folder", "a\\b"],
    ["a space", "a b"],
    ["a newline last", "a\n"],
    ["a shell substitution", "$(id)"],
    ["a letter that is not ASCII", "naïve"],
    ["an emoji", "a🚀"],
    ["a NUL", "a\0"],
    ["a git revision", "a@{1}"],
    ["a colon", "a:b"],
    ["a tilde", "a~1"],
  ])("refuses %s", (_, id) => {
    expect(isSafeId(id)).toBe(false);
  });

  it.each(["con", "PRN", "aux", "nul", "com1", "LPT9", "con.txt", "NUL.tar.gz"])(
    "refuses the Windows device %s",
    (id) => {
      expect(isSafeId(id)).toBe(false);
    },
  );

  it("accepts nothing that leads out of a folder or ends a git ref wrongly", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 12 }), (id) => {
        if (isSafeId(id)) expect(id).toMatch(/^(?!.*\.\.)[A-Za-z0-9][\w.-]*(?<!\.)$/);
        for (const bad of [`${id}/`, `${id} `, `-${id}`, `.${id}`, `${id}.`, `${id}..x`, `${id}.lock`]) {
          expect(isSafeId(bad)).toBe(false);
        }
      }),
    );
  });
});

describe("requireSafeId", () => {
  it("lets a safe id pass", () => {
    expect(() => requireSafeId("iter1_baseline")).not.toThrow();
  });

  it("names the bad id, quoted, and the rule", () => {
    expect(() => requireSafeId("a\u001b[31m")).toThrow(
      expect.objectContaining({
        code: "invalid-id",
        exitCode: 2,
        message: 'Bad node id "a\\u001b[31m"',
        hint: expect.stringContaining("at most 100 characters"),
      }),
    );
  });
});

describe("generateId", () => {
  it.each([
    ["the first in an empty tree", [], "Baseline", "iter1_baseline"],
    ["one above the highest, not the count", ["iter2_a", "iter9_b"], "x", "iter10_x"],
    ["a number without a slug counts", ["iter5"], "x", "iter6_x"],
    ["numbers in another case count", ["ITER7_a"], "x", "iter8_x"],
    ["leading zeros count as they read", ["iter007_a"], "x", "iter8_x"],
    ["other ids do not count", ["baseline9", "xiter99_a", "iter_5"], "x", "iter1_x"],
  ])("numbers an id: %s", (_, ids, description, expected) => {
    expect(generateId(ids, description)).toBe(expected);
  });

  it.each([
    ["Learning rate: 0.01!", "iter1_learning_rate_0_01"],
    ["  __trim__  ", "iter1_trim"],
    ["Crème brûlée", "iter1_creme_brulee"],
    ["ﬁne ² ＡＢ", "iter1_fine_2_ab"],
    ["学习率 lr=3", "iter1_lr_3"],
    ["学习率", "iter1"],
    ["🚀🚀", "iter1"],
    ["", "iter1"],
    ["../../etc", "iter1_etc"],
    ["x".repeat(99), `iter1_${"x".repeat(24)}`],
    [`${"x".repeat(29)} y`, `iter1_${"x".repeat(24)}`],
    [`${"x".repeat(24)} y`, `iter1_${"x".repeat(24)}`],
    [`a ${"x".repeat(22)}`, `iter1_a_${"x".repeat(22)}`],
    ["(((deep)))", "iter1_deep"],
    ["Add random rotation of 10 degrees", "iter1_add_random_rotation_of"],
  ])("makes a slug of %j", (description, expected) => {
    expect(generateId([], description)).toBe(expected);
  });

  it("is always safe and unused, ignoring case", () => {
    const taken = fc.oneof(
      safeId,
      fc.nat({ max: 99_999_998 }).map((n) => `iter${n}`),
      fc.tuple(fc.nat({ max: 50 }), safeId).map(([n, id]) => `Iter${n}_${id}`),
    );
    fc.assert(
      fc.property(fc.array(taken), fc.string({ unit: "binary" }), (ids, description) => {
        const id = generateId(ids, description);
        expect(isSafeId(id)).toBe(true);
        expect(ids.map((each) => each.toLowerCase())).not.toContain(id);
        expect(generateId([...ids, id], description)).not.toBe(id);
      }),
      { numRuns: 300 },
    );
  });

  it("is unused also when the tree counts to a thousand million", () => {
    const ids = ["iter999999999_x", "iter1000000000_x"];
    expect(ids).not.toContain(generateId(ids, "x"));
  });
});
