import { expectTypeOf, test } from "vitest";
import type { components } from "../generated/control/types.ts";
import type { Tenant } from "./kit/world.ts";
import type { OpenComputerSandboxRecord as OpenComputerSandbox } from "./opencomputer/sandbox.ts";
import type { AccountRecord } from "./recoup/account.ts";
import type { RunRecord } from "./recoup/run.ts";
import type { RecoupSandboxRecord as RecoupSandbox } from "./recoup/sandbox.ts";

type Schemas = components["schemas"];

/** What JSON makes of a record: a member that is undefined is not there, and lists are no longer read-only. */
type Written<T> = T extends readonly (infer Item)[]
  ? Written<Item>[]
  : T extends object
    ? { -readonly [K in keyof T as undefined extends T[K] ? never : K]: Written<T[K]> } & {
        -readonly [K in keyof T as undefined extends T[K] ? K : never]?: Written<Exclude<T[K], undefined>>;
      }
    : T;

test("whatever the mock stores is what the document of a snapshot allows", () => {
  expectTypeOf<Written<RecoupSandbox>>().toExtend<Schemas["SavedRecoupSandbox"]>();
  expectTypeOf<Written<RunRecord>>().toExtend<Schemas["SavedRun"]>();
  expectTypeOf<Written<AccountRecord>>().toExtend<Schemas["SavedAccount"]>();
  expectTypeOf<Written<OpenComputerSandbox>>().toExtend<Schemas["SavedOpenComputerSandbox"]>();
  expectTypeOf<Written<Omit<Tenant, "key" | "contract">>>().toExtend<Omit<Schemas["SavedTenant"], "contract">>();
});

test("every member of a record is in the document", () => {
  expectTypeOf<keyof Schemas["SavedRecoupSandbox"]>().toEqualTypeOf<keyof RecoupSandbox>();
  expectTypeOf<keyof Schemas["SavedRun"]>().toEqualTypeOf<keyof RunRecord>();
  expectTypeOf<keyof Schemas["SavedAccount"]>().toEqualTypeOf<keyof AccountRecord>();
  expectTypeOf<keyof Schemas["SavedOpenComputerSandbox"]>().toEqualTypeOf<keyof OpenComputerSandbox>();
});
