import { InvalidIdError } from "../errors.ts";

/** The rule, for whoever broke it. */
export const idRule =
  "An id has letters, digits, '.', '_' and '-', starts with a letter or digit, has at most 100 characters, no '..', does not end in '.' or '.lock', and is no device name such as CON.";
const windowsDevice = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

/** Whether `id` may name a branch and a folder. */
export function isSafeId(id: string): boolean {
  return (
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(id) &&
    !id.includes("..") &&
    !/(\.|\.lock)$/i.test(id) &&
    !windowsDevice.test(id)
  );
}

/** Throws InvalidIdError unless `id` may name a branch and a folder. */
export function requireSafeId(id: string): void {
  if (!isSafeId(id)) throw new InvalidIdError(`Bad node id ${JSON.stringify(id)}`, { hint: idRule });
}

/** `iter<n>_<slug>`, n one above the highest in `ids`; without a sluggable character `iter<n>`. */
export function generateId(ids: readonly string[], description: string): string {
  const numbers = ids.map((id) => Number(/^iter(\d{1,15})(_|$)/i.exec(id)?.[1] ?? 0));
  const next = numbers.reduce((a, b) => Math.max(a, b), 0) + 1;
  const slug = description
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  return slug ? `iter${next}_${wholeWords(slug)}` : `iter${next}`;
}

const longestSlug = 24;

/** Cut between words where that leaves any. */
function wholeWords(slug: string): string {
  if (slug.length <= longestSlug) return slug;
  const cut = slug.slice(0, longestSlug + 1);
  const end = cut.lastIndexOf("_");
  return end > 0 ? cut.slice(0, end) : slug.slice(0, longestSlug);
}
