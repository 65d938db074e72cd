import { defineConfig } from "vitest/config";

/** A proof that takes minutes also at its small size: `npm run proofs` and `npm run test:long` run it too. */
const slow = process.env["PROOFS"] ? [] : ["test/proofs/writers.test.ts"];

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: slow,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // The caller's terminal and git settings must not leak into what is tested.
    env: { NO_COLOR: "", FORCE_COLOR: "0", LANG: "C.UTF-8", GIT_CONFIG_NOSYSTEM: "1" },
  },
});
