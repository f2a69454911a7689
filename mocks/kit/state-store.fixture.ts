import { strict as assert } from "node:assert";
import type { Change, Entry, StateStore } from "./state-store.ts";

/** A store in memory, that the others are compared with. */
export function createMemoryStore(): StateStore {
  let entries = new Map<string, Entry>();
  const make = (into: Map<string, Entry>, change: Change) => {
    if (change.act === "forget") {
      for (const [name, { owner }] of into) if (owner === change.owner) into.delete(name);
      return;
    }
    const { act, ...rest } = change;
    const name = JSON.stringify([rest.owner, rest.kind, rest.key]);
    if (act === "drop") into.delete(name);
    else {
      assert(typeof change.value === "string");
      into.set(name, rest as Entry);
    }
  };
  return {
    entries: () => entries.values(),
    commit: (changes) => {
      const next = new Map(entries);
      for (const change of changes) make(next, change);
      entries = next;
    },
    close: () => {},
  };
}
