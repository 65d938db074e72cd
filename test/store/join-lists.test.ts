import { expect, it } from "vitest";
import { joinLists } from "../../src/store/join-lists.ts";

it.each([0, 1, 2, 1_000, 1_001, 200_000])("joins %i lists, in their order", (count) => {
  const lists = Array.from({ length: count }, (_, i) => (i % 3 === 0 ? [] : [i, -i]));
  expect(joinLists(lists)).toEqual(lists.flat());
});
