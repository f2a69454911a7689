import type { ClauseBreach } from "../../conformance/kit/model/clause.ts";
import { createJudge } from "../../conformance/kit/model/judge.ts";
import type { ObservedExchange } from "../../conformance/kit/model/observed-exchange.ts";
import { createOpenComputerModel } from "../../conformance/opencomputer/model/index.ts";
import { createMock } from "../../mocks/index.ts";
import type { FaultSetting } from "../../mocks/index.ts";
import { openComputerKeys, startOpenComputer } from "../reference/opencomputer.ts";
import type { OpenComputerOptions } from "../reference/opencomputer.ts";
import { SteppedClock } from "../reference/stepped-clock.ts";
import { drawFrom, playOpenComputer } from "./random-opencomputer.ts";
import { ExchangeRecorder, handlerCarrier, socketCarrier } from "./recorder.ts";

const steps = 60;

/** What a model says of a whole recording. */
export function judgeAll(exchanges: readonly ObservedExchange[]): readonly ClauseBreach[] {
  const judge = createJudge(createOpenComputerModel());
  return [...exchanges.flatMap((exchange) => judge.take(exchange)), ...judge.finish()];
}

/** Plays one random session of two organisations on the mock. */
export async function playOnMock(
  seed: number,
  faults: readonly FaultSetting[] = [],
): Promise<readonly ObservedExchange[]> {
  const mock = createMock({ clockScale: 0, startMs: Date.UTC(2026, 0, 2), seed: `model-${seed}`, faults: [...faults] });
  const { clock } = mock.defaultWorld();
  const recorder = new ExchangeRecorder(
    handlerCarrier((request) => mock.fetch("opencomputer", request)),
    () => clock.now(),
  );
  const keys = { acme: "sandglass-acme", globex: "sandglass-globex" };
  await playOpenComputer({ recorder, keys, advance: (ms) => void clock.advance(ms), draw: drawFrom(seed), steps });
  return recorder.exchanges;
}

/** The same on the reference server. */
export async function playOnReference(
  seed: number,
  options: OpenComputerOptions,
): Promise<readonly ObservedExchange[]> {
  const clock = new SteppedClock();
  const server = await startOpenComputer({ now: clock.now, ...options });
  const recorder = new ExchangeRecorder(socketCarrier(server.url), clock.now);
  const { advance } = clock;
  await playOpenComputer({ recorder, keys: openComputerKeys, advance, draw: drawFrom(seed), steps });
  await server.close();
  return recorder.exchanges;
}
