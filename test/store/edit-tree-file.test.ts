import {
  appendFileSync,
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkEdit, editTreeFile } from "../../src/store/edit-tree-file.ts";
import { loadNodes, loadTree } from "../../src/store/load-tree.ts";
import { atomicWrite } from "../../src/system/atomic-write.ts";
import { addNode } from "../../src/tree/add-node.ts";
import type { IterationTree } from "../../src/tree/iteration-tree.ts";
import { updateNode } from "../../src/tree/update-node.ts";
import { tempFolder } from "../temp-repository.ts";
import { tempTreeFile } from "./temp-tree-file.ts";

const now = "2026-01-02T03:04:05Z";
const options = { purpose: "test", now, dryRun: false, create: false };
const add = (id: string) => (tree: IterationTree) => addNode(tree, { id, description: "x", command: "y", now });

describe("editTreeFile", () => {
  it("writes the changed text and leaves nothing else behind", async () => {
    const file = tempTreeFile("nodes: []\n");
    await editTreeFile(file, options, add("a"));
    expect((await loadTree(file)).tree.nodes[0]?.node_id).toBe("a");
    expect(readdirSync(join(file.path, ".."))).toEqual([".state", "t.yaml"]);
    expect(readdirSync(file.stateFolder)).toEqual(["history", "snapshot"]);
  });

  it.each(["", "# é, of two bytes\n", "version: 1\n"])("keeps a byte order mark, before %j", async (top) => {
    const file = tempTreeFile(`\ufeff${top}nodes:\n- node_id: a\n  description: 猫\n- node_id: b\n`);
    const before = readFileSync(file.path, "utf8");
    for (const id of ["c", "d"]) await editTreeFile(file, options, add(id));
    const after = readFileSync(file.path, "utf8");
    expect(after.startsWith(before)).toBe(true);
    expect((await loadTree(file)).tree.nodes.map((node) => node.node_id)).toEqual(["a", "b", "c", "d"]);
    writeFileSync(file.path, after.replace("猫", "dog"));
    const { tree } = await loadTree(file);
    expect(tree.nodes.map((node) => node.description)).toEqual(["dog", "", "x", "x"]);
    await editTreeFile(file, options, (now) => updateNode(now, { id: "a", description: "cat", now: options.now }));
    expect(readFileSync(file.path, "utf8").startsWith(before.split("\n  description")[0] as string)).toBe(true);
    expect((await loadTree(file)).tree.nodes[0]?.description).toBe("cat");
  });

  it.each(["", "  # laid out by hand\n"])(
    "refuses what would be too large to be read again, with %j",
    async (layout) => {
      const file = tempTreeFile(`# ${"x".repeat(16 * 1024 * 1024 - 300)}\nnodes:\n  - node_id: "a"\n${layout}`);
      await editTreeFile(file, options, add("b"));
      const before = readFileSync(file.path);
      for (const dryRun of [true, false]) {
        await expect(editTreeFile(file, { ...options, dryRun }, add("c"))).rejects.toThrow(
          "t.yaml: with this change the file would be larger than 16 MB; nothing was written",
        );
      }
      expect(readFileSync(file.path).equals(before)).toBe(true);
      expect((await loadTree(file)).tree.nodes).toHaveLength(2);
    },
  );

  it("applies the change again to a hand edit made between reading and replacing", async () => {
    const file = tempTreeFile("nodes:\n- node_id: a\n");
    let calls = 0;
    await editTreeFile(file, options, (tree) => {
      if (++calls === 1) appendFileSync(file.path, "- node_id: by_hand   # saved meanwhile\n");
      return add("b")(tree);
    });
    expect(calls).toBe(2);
    expect((await loadTree(file)).tree.nodes.map((node) => node.node_id)).toEqual(["a", "by_hand", "b"]);
    expect(readFileSync(file.path, "utf8")).toContain("# saved meanwhile");
  });

  it("control: without the last look such a hand edit is lost", () => {
    const file = tempTreeFile("nodes: []\n");
    const changed = readFileSync(file.path, "utf8").replace("[]", "[{node_id: b}]");
    appendFileSync(file.path, "# saved meanwhile\n");
    atomicWrite(file.path, Buffer.from(changed));
    expect(readFileSync(file.path, "utf8")).not.toContain("# saved meanwhile");
  });

  it("gives up on a file that is saved again and again, with nothing lost", async () => {
    const file = tempTreeFile("nodes: []\n");
    let saves = 0;
    const saving = editTreeFile(file, options, (tree) => {
      appendFileSync(file.path, `# save ${++saves}\n`);
      return add("a")(tree);
    });
    await expect(saving).rejects.toMatchObject({ code: "conflict", exitCode: 4 });
    expect(readFileSync(file.path, "utf8").split("\n")).toHaveLength(saves + 2);
  });

  it("leaves the file alone when the change throws, or changes nothing", async () => {
    const file = tempTreeFile("nodes:\n- node_id: a\n");
    const before = statSync(file.path);
    await expect(editTreeFile(file, options, add("../x"))).rejects.toMatchObject({ code: "invalid-id" });
    await editTreeFile(file, options, (tree) => ({ tree, node: tree.nodes[0] as never, warnings: [] }));
    expect(statSync(file.path).ino).toBe(before.ino);
  });

  it("neither locks nor writes in a dry run", async () => {
    const file = tempTreeFile("nodes: []\n");
    const edited = await editTreeFile(file, { ...options, dryRun: true }, add("a"));
    expect(edited.tree.nodes).toHaveLength(1);
    expect(readFileSync(file.path, "utf8")).toBe("nodes: []\n");
    expect(existsSync(file.stateFolder)).toBe(false);
  });

  it("creates a missing file only when told to", async () => {
    const file = tempTreeFile();
    await expect(editTreeFile(file, options, add("a"))).rejects.toMatchObject({
      code: "tree-file-not-found",
      exitCode: 3,
    });
    await editTreeFile(file, { ...options, create: true }, add("a"));
    expect(readFileSync(file.path, "utf8")).toMatch(
      /^# yaml-language-server: \$schema=s\.json\nversion: 1\nnodes:\n {2}- node_id: "a"\n/,
    );
  });

  it("keeps the mode, and replaces the target of a symbolic link", async () => {
    const file = tempTreeFile("nodes: []\n");
    chmodSync(file.path, 0o640);
    const link = join(tempFolder(), "link.yaml");
    symlinkSync(file.path, link);
    await editTreeFile({ ...file, path: link }, options, add("a"));
    expect(statSync(file.path).mode & 0o777).toBe(0o640);
    expect((await loadTree(file)).tree.nodes).toHaveLength(1);
    expect(readdirSync(join(link, ".."))).toEqual(["link.yaml"]);
  });

  it("clears what a killed writer left beside the file", async () => {
    const file = tempTreeFile("nodes: []\n");
    writeFileSync(join(file.path, "..", `.t.yaml.${2 ** 22 + 1}.abcdefgh.tmp`), "half");
    await editTreeFile(file, options, add("a"));
    expect(readdirSync(join(file.path, ".."))).toEqual([".state", "t.yaml"]);
  });

  it("leaves files alone whose names only look like that", async () => {
    const file = tempTreeFile("nodes: []\n");
    const others = [".t.yaml.backup.tmp", ".t.yaml.x.4711.abcdefgh.tmp", `.t.yaml.${process.pid}.abcdefgh.tmp`];
    for (const name of others) writeFileSync(join(file.path, "..", name), "mine");
    await editTreeFile(file, options, add("a"));
    expect(readdirSync(join(file.path, ".."))).toEqual(expect.arrayContaining(others));
  });

  it("writes no character that may not stand in a file, also where the layout is made anew", async () => {
    const file = tempTreeFile('nodes:\n- ? node_id\n  : a\n  ? notes\n  : ["red \\x7f", "\\x80\\uFFFE"]\n');
    const { warnings } = await editTreeFile(file, options, (tree) => {
      const [node] = tree.nodes;
      return { tree: { ...tree, nodes: [{ ...node, status: "running" } as never] }, node: node as never, warnings: [] };
    });
    expect(warnings.join()).toContain("laid out anew");
    expect((await loadTree(file)).tree.nodes).toMatchObject([{ notes: ["red \x7f", "\x80\ufffe"], status: "running" }]);
  });

  it("tells when the layout had to be made anew", async () => {
    const file = tempTreeFile("nodes:\n- ? node_id\n  : a\n");
    const { warnings } = await editTreeFile(file, options, (tree) => {
      const [node] = tree.nodes;
      return { tree: { ...tree, nodes: [{ ...node, status: "running" } as never] }, node: node as never, warnings: [] };
    });
    expect(warnings).toEqual([expect.stringContaining("laid out anew; all values are the same")]);
  });
});

describe("editTreeFile tells", () => {
  it("the tree before the change", async () => {
    const file = tempTreeFile();
    const begun = await editTreeFile(file, { ...options, create: true }, add("a"));
    expect(begun).toMatchObject({ before: { nodes: [] }, node: { node_id: "a" } });
    const next = await editTreeFile(file, { ...options, create: true }, add("b"));
    expect(next).toMatchObject({ before: { nodes: [{ node_id: "a" }] } });
    const unchanged = (tree: IterationTree) => ({ tree, node: tree.nodes[0] as never, warnings: ["mine"] });
    const nothing = await editTreeFile({ ...file, path: `${file.path}.new` }, { ...options, create: true }, unchanged);
    expect(nothing).toMatchObject({ warnings: ["mine"] });
    expect(existsSync(`${file.path}.new`)).toBe(false);
  });

  it("the change's own warnings, then those of the tree, and none of the layout when it stayed", async () => {
    const file = tempTreeFile("nodes:\n- {node_id: a, children: [lost]}\n");
    const edited = await editTreeFile(file, options, (tree) => ({ ...add("b")(tree), warnings: ["mine"] }));
    expect(edited.warnings).toEqual([
      "mine",
      "t.yaml: 'children' of 'a' disagrees with 'parent_id'; parent_id decides",
    ]);
  });

  it("those who wait what the holder does, and where the lock is", async () => {
    const file = tempTreeFile("nodes: []\n");
    await editTreeFile(file, { ...options, purpose: "adding a" }, (tree) => {
      const [owner] = readdirSync(join(file.stateFolder, "tree.lock"));
      const held = JSON.parse(readFileSync(join(file.stateFolder, "tree.lock", owner as string), "utf8"));
      expect(held).toMatchObject({ purpose: "adding a" });
      return add("a")(tree);
    });
  });

  it("what is wrong and what to do when the file cannot be written", async () => {
    const file = tempTreeFile("nodes: []\n");
    await expect(editTreeFile({ ...file, path: "/no/such/t.yaml" }, options, add("a"))).rejects.toMatchObject({
      message: "No folder /no/such for the tree file",
      hint: "Create it first.",
    });
    await expect(editTreeFile({ ...file, path: `${file.path}/t.yaml` }, options, add("a"))).rejects.toMatchObject({
      message: `No folder ${file.path} for the tree file`,
    });
    await expect(editTreeFile({ ...file, path: join(file.path, "..") }, options, add("a"))).rejects.toMatchObject({
      message: expect.stringMatching(/ is a folder; expected a tree file$/),
    });
    await expect(editTreeFile({ ...file, path: `${file.path}.no` }, options, add("a"))).rejects.toMatchObject({
      message: `No tree file at ${file.path}.no`,
      hint: "`add` creates it; or name another one with --file.",
    });
  });

  it("that the file vanished or came into being meanwhile, by applying the change again", async () => {
    const file = tempTreeFile();
    let calls = 0;
    await editTreeFile(file, { ...options, create: true }, (tree) => {
      if (++calls === 1) writeFileSync(file.path, "nodes: [{node_id: by_hand}]\n");
      return add("a")(tree);
    });
    expect((await loadTree(file)).tree.nodes.map((node) => node.node_id)).toEqual(["by_hand", "a"]);
  });

  it("who saves again and again to stop", async () => {
    const file = tempTreeFile("nodes: []\n");
    const saving = editTreeFile(file, options, (tree) => {
      appendFileSync(file.path, "#\n");
      return add("a")(tree);
    });
    await expect(saving).rejects.toMatchObject({
      message: `${file.path}: the file is being saved again and again by another program`,
      hint: "Nothing was written. Close the editor that saves it, then try again.",
    });
  });
});

describe("loadNodes", () => {
  it("reads a tree whose parents are unknown, which no other edit but one that mends it may change", async () => {
    const file = tempTreeFile("nodes:\n- node_id: a\n  parent_id: nobody\n");
    expect((await loadNodes(file)).nodes.map(({ parent_id }) => parent_id)).toEqual(["nobody"]);
    await expect(loadTree(file)).rejects.toThrow(expect.objectContaining({ exitCode: 5 }));
    await expect(editTreeFile(file, options, add("b"))).rejects.toMatchObject({ exitCode: 5 });
    await editTreeFile(file, { ...options, mends: true }, (tree) => {
      const node = { ...(tree.nodes[0] as IterationTree["nodes"][number]), parent_id: null };
      return { tree: { ...tree, nodes: [node] }, node, warnings: [] };
    });
    expect((await loadTree(file)).tree.nodes[0]?.parent_id).toBeNull();
  });

  it("says what to do where there is no file", async () => {
    const file = tempTreeFile("nodes: []\n");
    const gone = { ...file, path: `${file.path}.gone` };
    await expect(loadNodes(gone)).rejects.toThrow(
      expect.objectContaining({ exitCode: 3, message: `No tree file at ${gone.path}` }),
    );
  });
});

describe("a dry run", () => {
  it.skipIf(process.platform !== "linux")("leaves no file open", async () => {
    const file = tempTreeFile("nodes: []\n");
    const opened = () => readdirSync("/proc/self/fd").length;
    const before = opened();
    for (const id of ["a", "b", "c"]) await editTreeFile(file, { ...options, dryRun: true }, add(id));
    expect(opened()).toBe(before);
  });
});

describe("checkEdit", () => {
  it("throws what the change would throw, and writes nothing", async () => {
    const file = tempTreeFile("nodes: []\n");
    await expect(checkEdit(file, add("../x"))).rejects.toThrow(expect.objectContaining({ code: "invalid-id" }));
    await expect(checkEdit({ ...file, path: `${file.path}.no` }, add("a"))).rejects.toThrow(/^No tree file at /);
    await expect(checkEdit({ ...file, path: "/no/such/t.yaml" }, add("a"))).rejects.toThrow(/^No folder /);
    await checkEdit(file, add("a"));
    expect(readFileSync(file.path, "utf8")).toBe("nodes: []\n");
    expect(existsSync(file.stateFolder)).toBe(false);
  });
});

describe("loadTree", () => {
  it("warns of what it works around", async () => {
    expect((await loadTree(tempTreeFile("nodes: [{node_id: a, children: [x]}]\n"))).warnings).toEqual([
      "t.yaml: 'children' of 'a' disagrees with 'parent_id'; parent_id decides",
    ]);
  });

  it("says how to mend a file that is not UTF-8, also beside a real U+FFFD", async () => {
    const file = tempTreeFile();
    writeFileSync(file.path, Buffer.from([...Buffer.from("# \ufffd\nnodes: []\n# caf"), 0xe9]));
    await expect(loadTree(file)).rejects.toThrow(expect.objectContaining({ hint: "Save it as UTF-8." }));
  });

  it("refuses a file that is not UTF-8, with the place", async () => {
    const file = tempTreeFile();
    writeFileSync(file.path, Buffer.from([...Buffer.from("nodes: []\n# caf"), 0xe9, 0x0a]));
    await expect(loadTree(file)).rejects.toThrow(
      expect.objectContaining({ message: expect.stringContaining("t.yaml:2:6: the file is not UTF-8 here") }),
    );
  });

  it("reads a real U+FFFD", async () => {
    expect((await loadTree(tempTreeFile("nodes: []\nx: \ufffd\n"))).tree["x"]).toBe("\ufffd");
  });

  it("refuses a folder", async () => {
    const file = tempTreeFile();
    await expect(loadTree({ ...file, path: join(file.path, "..") })).rejects.toThrow(
      expect.objectContaining({ exitCode: 4 }),
    );
  });
});
