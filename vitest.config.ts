import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // The caller's terminal and git settings must not leak into what is tested.
    env: { NO_COLOR: "", FORCE_COLOR: "0", LANG: "C.UTF-8", GIT_CONFIG_NOSYSTEM: "1" },
  },
});
