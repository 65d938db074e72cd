import { renderVersion, type VersionLine } from "./history.ts";
import { safeText } from "./safe-text.ts";

interface Undone {
  readonly restored: number;
  readonly undone: readonly VersionLine[];
  readonly edited_by_hand: boolean;
  readonly not_undone: readonly { readonly what: string; readonly name: string; readonly state: "gone" | "stays" }[];
}

/** What was taken back, line by line, and what was not. */
export function renderUndone({ restored, undone, edited_by_hand, not_undone }: Undone): string {
  const lines = [
    ...(edited_by_hand ? ["Undone: the last changes by hand"] : []),
    ...undone.map((version) => `Undone: ${renderVersion(version)}`),
    ...not_undone.map(({ what, name, state }) =>
      state === "gone" ? `Not brought back: ${what} ${safeText(name)}` : `Stays: ${what} ${safeText(name)}`,
    ),
  ];
  return [...lines, `The tree file is that of version ${restored} again.`].join("\n");
}
