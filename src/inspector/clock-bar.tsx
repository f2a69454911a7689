import { useEffect, useState } from "preact/hooks";
import { useActions } from "./actions.tsx";
import { every } from "./browser-time.ts";
import { type LiveWorld, worldNowMs } from "./live-world.ts";
import { dateText, timeText } from "./texts.ts";

const speeds = [0, 1, 10, 60, 600] as const;
const steps = [
  ["1 s", 1_000],
  ["1 min", 60_000],
  ["5 min", 300_000],
  ["1 h", 3_600_000],
] as const;

/** The world's time, as it passes. */
export function useNowMs(live: LiveWorld): number {
  const [, setTurn] = useState(0);
  useEffect(() => every(250, () => setTurn((turn) => turn + 1)), []);
  return worldNowMs(live);
}

/** The clock of the world: what it reads, how fast it goes, and steps ahead. */
export function ClockBar({ live }: { readonly live: LiveWorld }) {
  const { change } = useActions();
  const nowMs = useNowMs(live);
  const scale = live.tick?.world.clockScale ?? 1;
  const setScale = (next: number) => void change("PATCH", "/clock", { scale: next });
  return (
    <section class="clock" aria-label="Clock">
      <time title={`${dateText(nowMs)} UTC, the time of this world`}>{timeText(nowMs).slice(0, 8)}</time>
      <button type="button" aria-pressed={scale === 0} onClick={() => setScale(scale === 0 ? 1 : 0)}>
        {scale === 0 ? "Frozen" : "Freeze"}
      </button>
      <label>
        Speed{" "}
        <select value={String(scale)} onChange={(event) => setScale(Number(event.currentTarget.value))}>
          {[...new Set([...speeds, scale])].map((speed) => (
            <option key={speed} value={String(speed)}>
              {speed === 0 ? "frozen" : `×${speed}`}
            </option>
          ))}
        </select>
      </label>
      <span class="steps" role="group" aria-label="Step ahead">
        {steps.map(([label, advanceMs]) => (
          <button key={label} type="button" onClick={() => void change("PATCH", "/clock", { advanceMs })}>
            +{label}
          </button>
        ))}
      </span>
    </section>
  );
}
