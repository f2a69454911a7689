import { useEffect, useRef, useState } from "preact/hooks";
import { Copy, useActions } from "./actions.tsx";
import { useNowMs } from "./clock-bar.tsx";
import { call, type Schemas, type SandboxQuery } from "./control-api.ts";
import type { LiveWorld } from "./live-world.ts";
import { dateText, numberText, spanText, timeText } from "./texts.ts";

type Life = Schemas["SandboxLife"];
type Page = Schemas["SandboxLifePage"];

/** How many sandboxes are listed; the others are counted, and found by the filter. */
const listedMax = 100;

/** The sandboxes of the world, read again when something happened to it or time has brought one of them to a new state. */
function usePage(live: LiveWorld, query: SandboxQuery): Page | undefined {
  const { world, say } = useActions();
  const [page, setPage] = useState<Page>();
  const nowMs = useNowMs(live);
  const nextMs = Math.min(
    Infinity,
    ...(page?.sandboxes ?? [])
      .flatMap(({ timed }) => timed.map(({ fromMs }) => fromMs))
      .filter((ms) => ms > page!.nowMs),
  );
  const isDue = nowMs >= nextMs;
  const busy = useRef(false);
  const again = useRef(false);
  useEffect(() => {
    let isGone = false;
    const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
    const read = async () => {
      if (busy.current) return void (again.current = true);
      busy.current = true;
      try {
        do {
          again.current = false;
          const answer = await call<Page>("GET", `/worlds/${world}/sandboxes?${search.toString()}`);
          if (!isGone) setPage(answer);
        } while (again.current && !isGone);
      } catch (error) {
        say((error as Error).message);
      } finally {
        busy.current = false;
      }
    };
    void read();
    return () => void (isGone = true);
  }, [world, live.tick, isDue, query.text, query.state]);
  return page;
}

/** The sandboxes, each with its states past and to come. */
export function Sandboxes({ live }: { readonly live: LiveWorld }) {
  const [text, setText] = useState("");
  const [state, setState] = useState("");
  const [open, setOpen] = useState<string>();
  const page = usePage(live, { text, limit: listedMax, ...(state === "" ? {} : { state }) });
  const nowMs = useNowMs(live);
  if (page === undefined) return <p>Reading the sandboxes…</p>;
  return (
    <>
      <div class="filters">
        <input
          type="search"
          data-filter
          aria-label="Filter by id or tag"
          placeholder="id or tag=value"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <select aria-label="State" value={state} onChange={(event) => setState(event.currentTarget.value)}>
          <option value="">all states ({numberText(page.total)})</option>
          {Object.entries(page.states).map(([name, count]) => (
            <option key={name} value={name}>
              {name} ({numberText(count)})
            </option>
          ))}
        </select>
      </div>
      {page.total === 0 && (
        <p class="empty">No sandbox yet. Make one with the `create` line that the mock printed, or with your client.</p>
      )}
      {page.found > page.sandboxes.length && (
        <p class="note" role="note">
          The newest {numberText(page.sandboxes.length)} of {numberText(page.found)} are listed: filter to find others.
        </p>
      )}
      <ul class="rows">
        {page.sandboxes.map((life) => (
          <SandboxRow
            key={life.id}
            life={life}
            nowMs={nowMs}
            live={live}
            isOpen={open === life.id}
            onToggle={() => setOpen(open === life.id ? undefined : life.id)}
          />
        ))}
      </ul>
    </>
  );
}

type RowProps = {
  readonly life: Life;
  readonly nowMs: number;
  readonly live: LiveWorld;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
};

function SandboxRow({ life, nowMs, live, isOpen, onToggle }: RowProps) {
  const coming = life.timed.find(({ fromMs }) => fromMs > nowMs);
  return (
    <li>
      <button type="button" class="row" aria-expanded={isOpen} onClick={onToggle}>
        <span class={`state ${life.state}`}>{life.state}</span>
        <code>{life.id}</code>
        <span class="who">{life.tenant}</span>
        {life.gated && <span class="badge">gated</span>}
        <span class="next">{coming === undefined ? "" : `${coming.state} in ${spanText(coming.fromMs - nowMs)}`}</span>
      </button>
      {isOpen && <SandboxDetails life={life} nowMs={nowMs} live={live} />}
    </li>
  );
}

function SandboxDetails({ life, nowMs, live }: Pick<RowProps, "life" | "nowMs" | "live">) {
  const { change } = useActions();
  const coming = life.timed.filter(({ fromMs }) => fromMs > nowMs);
  return (
    <div class="details">
      <Strip life={life} nowMs={nowMs} />
      <ol class="timeline" aria-label={`States of ${life.id}`}>
        {life.past.map(({ state, fromMs, cause }, at) => (
          <li key={`${at} ${state}`}>
            <time>{fromMs === undefined ? "earlier" : timeText(fromMs)}</time> <b class={`state ${state}`}>{state}</b>{" "}
            {cause}
          </li>
        ))}
        {coming.map(({ state, fromMs, rule }) => (
          <li key={`next ${state}`} class="to-come">
            <time>in {spanText(fromMs - nowMs)}</time> <b class={`state ${state}`}>{state}</b> {rule}, if nothing else
            happens{" "}
            <button
              type="button"
              onClick={() => void change("PATCH", "/clock", { advanceMs: Math.ceil(fromMs - nowMs) })}
            >
              Go there
            </button>
          </li>
        ))}
      </ol>
      <dl>
        <dt>Made</dt>
        <dd>{dateText(life.createdAtMs)} UTC</dd>
        {Object.entries(life.tags).map(([name, value]) => (
          <TagLine key={name} name={name} value={value} />
        ))}
      </dl>
      {life.contract === "opencomputer" && <Previews life={life} live={live} />}
    </div>
  );
}

function TagLine({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

/** The states as a strip, as wide as they last; what is to come is hatched. */
function Strip({ life, nowMs }: Pick<RowProps, "life" | "nowMs">) {
  const known = life.past.flatMap(({ state, fromMs }) => (fromMs === undefined ? [] : [{ state, fromMs }]));
  const coming = life.timed.filter(({ fromMs }) => fromMs > nowMs);
  const ends = [...known.slice(1).map(({ fromMs }) => fromMs), nowMs];
  const parts = known.map(({ state, fromMs }, at) => ({ state, ms: Math.max(0, ends[at]! - fromMs), isToCome: false }));
  const untilMs = coming[0] === undefined ? 0 : coming[0].fromMs - nowMs;
  if (untilMs > 0) parts.push({ state: life.state, ms: untilMs, isToCome: true });
  const wholeMs = parts.reduce((sum, { ms }) => sum + ms, 0) || 1;
  return (
    <div class="strip" aria-hidden="true">
      {parts.map(({ state, ms, isToCome }, at) => (
        <span
          key={at}
          class={`${state}${isToCome ? " to-come" : ""}`}
          style={{ flexGrow: Math.max(0.01, ms / wholeMs) }}
        />
      ))}
    </div>
  );
}

/** Addresses of ports, as links and as lines to paste. The token of a gate was shown to its maker alone. */
function Previews({ life, live }: Pick<RowProps, "life" | "live">) {
  const [port, setPort] = useState("3000");
  const { ports, world } = live.tick!;
  const ports_ = [...new Set([...life.ports.map(String), port])].filter((one) => /^[1-9]\d{0,4}$/.test(one));
  const urlOf = (one: string) =>
    `http://${life.id}-p${one}.${world.settings.previewDomain}:${ports.opencomputer ?? location.port}/`;
  return (
    <div class="previews">
      <label>
        Preview of port{" "}
        <input inputMode="numeric" size={5} value={port} onInput={(event) => setPort(event.currentTarget.value)} />
      </label>
      <ul>
        {ports_.map((one) => (
          <li key={one}>
            <a href={urlOf(one)} target="_blank" rel="noopener noreferrer">
              {urlOf(one)}
            </a>{" "}
            {life.gated ? "asks for the token that its create was answered with " : "is open to all "}
            <Copy
              label="Copy as curl"
              text={() => `curl -i ${urlOf(one)}${life.gated ? ' -H "X-OC-Preview-Token: $TOKEN"' : ""}`}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}
