import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import base from "./vitest.config.ts";

const folders = ["/test/tree/", "/test/schemas", "/test/render/", "/test/store/", "/test/system/", "/test/proofs/"];

/** The quick ones first: a mutant is done with as soon as one test fails. */
class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => folders.findIndex((folder) => moduleId.includes(folder));
    return files.toSorted((a, b) => rank(a) - rank(b));
  }
}

/** What mutation testing runs: the tests of the mutated files that do not run the built program, on small samples. */
export default defineConfig({
  test: {
    ...base.test,
    include: [
      "test/{store,system}/**/*.test.ts",
      "test/tree/{iteration-tree,results,check-tree,problems,node-id}.test.ts",
      "test/render/{safe-text,delimited}.test.ts",
      "test/cli/*.test.ts",
      "test/schemas.test.ts",
      "test/proofs/pieces.test.ts",
    ],
    // Tests of seconds each, about logs of 12 MB and a text of millions of tokens: every mutant near them would run them.
    testNamePattern:
      /^(?!.*(stays small when every version|keeps the last two versions|allows two million tokens|also when it is hostile|tens of thousands of nodes))/,
    // One load of the modules serves all files of a run; every mutant has a worker of its own all the same.
    isolate: false,
    sequence: { sequencer: QuickFirst },
    setupFiles: ["test/without-shrinking.ts"],
    env: { ...base.test?.env, PYYAML_RUNS: "16", PROOFS: "mutants" },
  },
});
