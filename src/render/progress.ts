import { renderDuration } from "./number.ts";
import { safeText } from "./safe-text.ts";
import type { Theme } from "./theme.ts";
import { cutTo } from "./width.ts";

interface Progress {
  readonly id: string;
  readonly attempt: number;
  readonly seconds: number;
  readonly timeout: number | undefined;
  readonly latest: { readonly name: string; readonly text: string } | undefined;
}

/** `◐ iter2_vit attempt 1  12 s of 10 min  accuracy=0.91`, in one line of a terminal. */
export function renderProgress({ id, attempt, seconds, timeout, latest }: Progress, theme: Theme): string {
  const time = renderDuration(Math.floor(seconds)) + (timeout === undefined ? "" : ` of ${renderDuration(timeout)}`);
  const metric = latest ? `  ${safeText(latest.name)}=${safeText(latest.text)}` : "";
  const line = `${theme.marks.running} ${safeText(id)} attempt ${attempt}  ${time}${metric}`;
  // A line that fills the last column may go on in the next one.
  return theme.status.running(theme.width === undefined ? line : cutTo(line, theme.width - 1, theme.cut));
}
