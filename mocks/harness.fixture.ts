import { createManualClock, type ManualClock, type Sleep, systemSleep } from "../src/contract/clock.ts";
import type { FaultSetting } from "./kit/fault.ts";
import type { ContractName, MockWorld as World, WorldSettings } from "./contracts.ts";
import { createMock, type Mock } from "./mock.ts";

/** A mock that listens, whose time stands still, and what a test does with it. */
export type Harness = {
  readonly mock: Mock;
  readonly world: World;
  readonly clock: ManualClock;
  readonly url: string;
  readonly call: (path: string, options?: HarnessCallOptions) => Promise<HarnessReply>;
  /** Asks for port 3000 of a sandbox. */
  readonly preview: (sandboxID: string, headers?: Readonly<Record<string, string>>) => Promise<HarnessReply>;
};

export type HarnessCallOptions = {
  readonly method?: string; // POST where there is a body, else GET
  readonly key?: string | undefined; // "ada" or "acme" by default; "" sends none
  readonly body?: unknown; // written as JSON, unless it is a string
  readonly headers?: Readonly<Record<string, string>>;
};

/** An answer. */
export type HarnessReply = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: HarnessReplyJson; // {} where there is none
};

type HarnessReplyJson = Readonly<Record<string, unknown>> & readonly Readonly<Record<string, unknown>>[];

export type HarnessOptions = {
  readonly contract: ContractName;
  readonly as?: string;
  readonly faults?: readonly FaultSetting[];
  readonly settings?: Partial<WorldSettings>;
  readonly sleep?: Sleep;
  readonly seed?: string;
};

const firstKeys = { recoup: "sandglass-ada", opencomputer: "sandglass-acme" } as const;

/** Runs `act` with a mock of one contract, and takes the mock down afterwards. */
export async function withHarness<T>(
  { contract, as = "contract", faults = [], settings = {}, sleep = systemSleep, seed = "harness" }: HarnessOptions,
  act: (harness: Harness) => Promise<T>,
): Promise<T> {
  const clock = createManualClock(Date.UTC(2026, 0, 2, 3, 4, 5));
  const mock = createMock({ clock, as, faults, settings, sleep, seed });
  const listener = await mock.listen(contract);
  const ask = async (
    path: string,
    { body, headers = {}, method = body === undefined ? "GET" : "POST" }: HarnessCallOptions,
  ) => {
    const written = typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(listener.url + path, {
      method,
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: written }),
      redirect: "manual",
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: readJson(text) };
  };
  try {
    return await act({
      mock,
      world: mock.defaultWorld(),
      clock,
      url: listener.url,
      call: (path, { key = firstKeys[contract], headers = {}, ...rest } = {}) =>
        ask(path, { ...rest, headers: { ...(key === "" ? {} : { "x-api-key": key }), ...headers } }),
      preview: (sandboxID, headers = {}) => ask(`/__sandglass/preview/${sandboxID}/3000/`, { headers }),
    });
  } finally {
    await listener.close();
  }
}

function readJson(text: string): HarnessReplyJson {
  try {
    return JSON.parse(text) as HarnessReplyJson;
  } catch {
    return {} as HarnessReplyJson;
  }
}
