import { chmodSync, existsSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AliasError, ConflictError, InvalidTreeError } from "../../src/errors.ts";
import { decode } from "../../src/store/decode.ts";
import { applyDeltas } from "../../src/store/delta.ts";
import { editParsed } from "../../src/store/edit-parsed.ts";
import { editStored } from "../../src/store/edit-stored.ts";
import { editText } from "../../src/store/edit-text.ts";
import { editWritten } from "../../src/store/edit-written.ts";
import { keepSnapshot } from "../../src/store/keep-snapshot.ts";
import { readStored } from "../../src/store/read-stored.ts";
import { newTreeText, readNodes, readTree } from "../../src/store/read-tree.ts";
import { readSnapshot } from "../../src/store/snapshot.ts";
import type { StoredTree } from "../../src/store/stored-tree.ts";
import { editSource, readSource } from "../../src/store/tree-source.ts";
import { checksum } from "../../src/system/checksum.ts";
import { addNode } from "../../src/tree/add-node.ts";
import type { IterationTree } from "../../src/tree/iteration-tree.ts";
import { updateNode } from "../../src/tree/update-node.ts";
import { storedOf } from "../store/stored-of.ts";
import { tempTreeFile } from "../store/temp-tree-file.ts";
import { anyDocument } from "./any-document.ts";
import { anyEdit } from "./any-edit.ts";
import { hostileFiles } from "./hostile-files.ts";
import { isLong, patience, report, size } from "./proof.ts";
import { randomFrom } from "./random.ts";

const promise = "A tree that is read and edited node by node means, and becomes, what the whole document does";
const now = "2026-01-02T03:04:05Z";

/** What can be seen of a value: keys in their order, undefined ones absent. */
const shown = (value: unknown) => JSON.stringify(value, (_, each) => (typeof each === "bigint" ? String(each) : each));

const meaning = ({ tree, outOfStep, places }: StoredTree) => shown({ tree, outOfStep, places });

function snapshotOf(stored: StoredTree): StoredTree | undefined {
  const file = tempTreeFile("");
  keepSnapshot(file, { ...stored, isTree: true }, [stored.bytes]);
  return readSnapshot(file);
}

/** The error's message where there is one, which only a whole document can place. */
function outcome<T>(run: () => T): T | string {
  try {
    return run();
  } catch (error) {
    if (error instanceof AliasError || error instanceof ConflictError || error instanceof InvalidTreeError)
      return error.message;
    throw error;
  }
}

describe("a tree file in pieces", { timeout: patience }, () => {
  it("means what the whole does, and is edited to the same text; a snapshot of it means the same", () => {
    const counts = { documents: 0, inPieces: 0, edits: 0, edited: 0, laidOutAnew: 0 };
    const documents = size({ ci: 500, long: 20_000 });
    for (let seed = 1; seed <= documents; seed++) {
      const document = anyDocument(seed);
      const { text } = document;
      const bytes = Buffer.from(text);
      const whole = readTree(text, "t.yaml");
      const stored = readSource(tempTreeFile(), bytes);
      expect(shown(stored.tree), `document ${seed}:\n${text}`).toBe(shown(whole.tree));
      counts.documents++;
      if (stored.places) counts.inPieces++;
      const kept = snapshotOf(stored);
      if (kept) expect(meaning(kept), `document ${seed}`).toBe(meaning(stored));

      const { change } = anyEdit(document, seed);
      const source = kept ?? stored;
      const after = outcome(() => editText(whole, change(whole.tree).tree));
      const edited = outcome(() => editSource(source, "t.yaml", change(source.tree).tree));
      counts.edits++;
      if (typeof edited === "string" || typeof after === "string") {
        expect(edited, `document ${seed}:\n${text}`).toBe(after);
        continue;
      }
      const next = storedOf(edited.stored);
      const became = next.bytes.toString();
      if (after.isRewritten && !edited.isRewritten) counts.laidOutAnew++;
      else expect(became, `document ${seed}:\n${text}`).toBe(after.text);
      if (stored.places && !edited.isRewritten) counts.edited++;
      expect(Buffer.from(applyDeltas(bytes, [edited.delta])).toString(), `document ${seed}`).toBe(became);
      // What is known after the edit is what a reader would find: cold, and with what was known before.
      const found = readSource(tempTreeFile(), next.bytes);
      expect(meaning(found), `document ${seed}:\n${became}`).toBe(meaning(next));
      const keptAgain = snapshotOf(next);
      if (keptAgain) expect(meaning(keptAgain), `document ${seed}`).toBe(meaning(next));
      const known = readStored(next.bytes, became, kept);
      if (known) expect(meaning(known), `document ${seed}`).toBe(meaning(found));
    }
    expect(counts.inPieces).toBeGreaterThan(0.1 * counts.documents);
    report({
      promise,
      anchor: "pieces",
      figure: `${counts.documents} odd documents, ${counts.inPieces} of them in pieces, ${counts.edited} edits in a part: 0 differ`,
    });
  });

  it("is the way of nearly every edit of ordinary files", () => {
    const file = tempTreeFile();
    let source = readSource(file, Buffer.from(newTreeText("s.json")));
    let [inParts, written] = [0, 0];
    const edits = size({ ci: 300, long: 3_000 });
    const random = randomFrom(7);
    for (let i = 0; i < edits; i++) {
      const id = `n${random.int(0, i)}`;
      const known = source.tree.nodes.some((node) => node.node_id === id);
      const request = { id: `n${i}`, parent: known ? id : undefined, description: `try ${i}: é`, command: "x", now };
      const { tree } =
        known && random.chance(0.5)
          ? updateNode(source.tree, { id, note: `note ${i}`, now })
          : addNode(source.tree, request);
      if (editStored(source, tree, (part) => editParsed(part, "t.yaml"))) inParts++;
      if (editStored(source, tree, editWritten)) written++;
      const { stored, isRewritten } = editSource(source, "t.yaml", tree);
      expect(isRewritten).toBe(false);
      source = storedOf(stored);
    }
    expect(shown(readTree(Buffer.from(source.bytes).toString(), "t").tree)).toBe(shown(source.tree));
    expect(inParts / edits).toBeGreaterThan(0.9);
    expect(written / edits).toBeGreaterThan(0.9);
    report({
      promise: "Edits of ordinary files need no more of it than the nodes that are concerned",
      anchor: "pieces",
      figure: `${inParts} of ${edits} edits, ${written} of them without parsing any YAML`,
    });
  });

  it("is read, or refused with the same error, like the whole, also when it is hostile", () => {
    for (const { name, text } of hostileFiles.filter(({ isHuge }) => isLong || !isHuge)) {
      const bytes = Buffer.from(text());
      const whole = outcome(() => shown(readNodes(decode(bytes, "t.yaml"), "t.yaml").tree));
      expect(outcome(() => shown(readSource(tempTreeFile(), bytes).tree)) === whole, name).toBe(true);
    }
  });
});

describe("a snapshot", () => {
  const text = `version: 1\nnodes:\n${Array.from({ length: 40 }, (_, i) => `- node_id: n${i}\n  x: ${i}\n`).join("")}`;
  const kept = () => {
    const file = tempTreeFile(text);
    const bytes = Buffer.from(text);
    keepSnapshot(file, { ...readSource(file, bytes), isTree: true }, [bytes]);
    return { file, path: join(file.stateFolder, "snapshot") };
  };

  let seconds = 1_000_000_000;
  /** Seen as another file than the one before, whatever this machine's clock can tell apart. */
  const damage = (path: string, bytes: Uint8Array) => {
    writeFileSync(path, bytes);
    utimesSync(path, ++seconds, seconds);
  };

  it("that is cut off, or of which any byte is another one, changes nothing", () => {
    const { file, path } = kept();
    const whole = readFileSync(path);
    const expected = shown(readTree(text, "t").tree);
    const read = () => shown(readSource(file, Buffer.from(text)).tree);
    expect(read()).toBe(expected);
    const step = Math.ceil(whole.length / size({ ci: 700, long: 700 }));
    for (let at = 0; at < whole.length; at += step) {
      damage(path, whole.subarray(0, at));
      expect(read(), `cut at ${at}`).toBe(expected);
      const broken = Buffer.from(whole);
      broken[at] = (broken[at] as number) ^ 1;
      damage(path, broken);
      expect(read(), `byte ${at}`).toBe(expected);
    }
  });

  it("control: without its checksum a wrong byte would be believed", () => {
    const { file, path } = kept();
    const whole = readFileSync(path).toString("latin1");
    const at = whole.lastIndexOf('"x":7');
    const forged = whole.slice(0, at) + whole.slice(at).replace('"x":7', '"x":8');
    damage(path, Buffer.from(forged, "latin1"));
    expect(readSnapshot(file)).toBeUndefined();
    const header = forged.slice(0, forged.indexOf("\n"));
    const { lengths, ...rest } = JSON.parse(header) as { lengths: [number, number, number] };
    const parts = Buffer.from(forged.slice(header.length + 1), "latin1");
    const sum = checksum(parts.subarray(0, lengths[0] + lengths[1]));
    damage(path, Buffer.concat([Buffer.from(`${JSON.stringify({ ...rest, lengths, sum })}\n`), parts]));
    expect(readSource(file, Buffer.from(text)).tree.nodes[7]).toMatchObject({ node_id: "n7", x: 8 });
  });

  it("of another tree, or of an older text of this one, is no more than a help", () => {
    const { file } = kept();
    const other = text.replace("x: 7\n", "x: seven # by hand\n").replace("- node_id: n3\n  x: 3\n", "");
    expect(shown(readSource(file, Buffer.from(other)).tree)).toBe(shown(readTree(other, "t").tree));
    expect(shown(readSource(file, Buffer.from("nodes: []\n")).tree)).toBe('{"nodes":[]}');
  });

  it("may be read by those who may read the file, and only in a repository's own folder is it made or believed", () => {
    for (const mode of [0o600, 0o640, 0o644]) {
      const file = tempTreeFile(text);
      chmodSync(file.path, mode);
      const stored = { ...readSource(file, Buffer.from(text)), isTree: true };
      keepSnapshot({ ...file, isHidden: false }, stored, [stored.bytes]);
      expect(existsSync(file.stateFolder)).toBe(false);
      keepSnapshot(file, stored, [stored.bytes]);
      expect(statSync(join(file.stateFolder, "snapshot")).mode & 0o777).toBe(mode);
      expect(readSnapshot(file)).toBeDefined();
      expect(readSnapshot({ ...file, isHidden: false })).toBeUndefined();
    }
  });

  it("is not made of values that JSON does not hold", () => {
    const odd = "nodes:\n- {node_id: a, x: .inf}\n- {node_id: b, y: -0.0}\n";
    const stored = readSource(tempTreeFile(), Buffer.from(odd));
    expect(snapshotOf(stored)).toBeUndefined();
    expect(stored.tree.nodes[0] as IterationTree["nodes"][0] & { x: number }).toMatchObject({ x: Infinity });
  });
});
