import { contracts } from "../../conformance/index.ts";
import type { ContractName } from "../../conformance/index.ts";
import type { ClauseBreach, ObservedExchange } from "../../conformance/kit/model/observed-exchange.ts";
import type { ModelOptions } from "../../conformance/kit/model/contract-model.ts";
import { createMock } from "../../mocks/index.ts";
import type { FaultSetting } from "../../mocks/index.ts";
import { openComputerKeys, startOpenComputer } from "../reference/opencomputer.ts";
import { recoupCallers, startRecoup } from "../reference/recoup.ts";
import { SteppedClock } from "../reference/stepped-clock.ts";
import { playOpenComputer } from "./random-opencomputer.ts";
import { playRecoup } from "./random-recoup.ts";
import { drawFrom } from "./random-session.ts";
import { ExchangeRecorder, handlerCarrier, socketCarrier } from "./recorder.ts";

const steps = 60;
const play = { opencomputer: playOpenComputer, recoup: playRecoup } as const;

/** What a model says of a whole recording. */
export function judgeAll(
  name: ContractName,
  exchanges: readonly ObservedExchange[],
  options: ModelOptions = {},
): readonly ClauseBreach[] {
  const judge = contracts[name].model!.createJudge(options);
  return [...exchanges.flatMap((exchange) => judge.take(exchange)), ...judge.finish()];
}

const mockKeys = {
  opencomputer: { acme: "sandglass-acme", globex: "sandglass-globex" },
  recoup: { ada: "sandglass-ada", eve: "sandglass-eve" },
} as const;

/** Plays one random session of two strangers on the mock. */
export async function playOnMock(
  name: ContractName,
  seed: number,
  faults: readonly FaultSetting[] = [],
): Promise<readonly ObservedExchange[]> {
  const mock = createMock({ clockScale: 0, startMs: Date.UTC(2026, 0, 2), seed: `model-${seed}`, faults: [...faults] });
  const { clock } = mock.defaultWorld();
  const carry = handlerCarrier((request) => mock.fetch(name, request));
  const recorder = new ExchangeRecorder(carry, () => clock.now());
  const advance = (ms: number) => void clock.advance(ms);
  await play[name]({ recorder, keys: mockKeys[name], advance, draw: drawFrom(seed), steps });
  return recorder.exchanges;
}

const referenceKeys = {
  opencomputer: openComputerKeys,
  recoup: { ada: recoupCallers.ada.key, eve: recoupCallers.eve.key },
} as const;

/** The same on the reference server. */
export async function playOnReference(
  name: ContractName,
  seed: number,
  options: { readonly lenient?: boolean; readonly listsEveryState?: boolean } = {},
): Promise<readonly ObservedExchange[]> {
  const clock = new SteppedClock();
  const start = name === "recoup" ? startRecoup : startOpenComputer;
  const server = await start({ now: clock.now, ...options });
  const recorder = new ExchangeRecorder(socketCarrier(server.url), clock.now);
  const { advance } = clock;
  await play[name]({ recorder, keys: referenceKeys[name], advance, draw: drawFrom(seed), steps });
  await server.close();
  return recorder.exchanges;
}
