import { useEffect, useState } from "preact/hooks";
import { Copy, useActions } from "./actions.tsx";
import { call, type Schemas } from "./control-api.ts";
import type { LiveWorld } from "./live-world.ts";
import { numberText } from "./texts.ts";

type WorldTabProps = { readonly live: LiveWorld; readonly onOpen: (world: string) => void };

/** The world itself: who it knows, what they use, its quota, and what can be done to it as a whole. */
export function WorldTab({ live, onOpen }: WorldTabProps) {
  const { change, world: id } = useActions();
  const [use, setUse] = useState<Schemas["TenantUse"][]>([]);
  useEffect(() => {
    void call<Schemas["SandboxLifePage"]>("GET", `/worlds/${id}/sandboxes?limit=1`).then(
      (page) => setUse(page.use),
      () => undefined,
    );
  }, [id, live.tick]);
  const world = live.tick?.world;
  if (world === undefined) return <p>Reading the world…</p>;
  const open = (made: Schemas["World"] | undefined) => made !== undefined && onOpen(made.id);
  const create = () => call<Schemas["World"]>("POST", "/worlds").then(open);
  const useFor = (contract: string, tenant: string) =>
    use.find((one) => one.contract === contract && one.tenant === tenant);
  return (
    <>
      <p class="buttons">
        <button type="button" onClick={() => void create()}>
          New world
        </button>
        <button type="button" onClick={() => void change<Schemas["World"]>("POST", "/fork").then(open)}>
          Fork this one
        </button>
        <button type="button" onClick={() => void change("POST", "/reset")}>
          Reset it
        </button>
        <button
          type="button"
          disabled={id === "default"}
          onClick={() => void change("DELETE", "").then(() => onOpen("default"))}
        >
          Delete it
        </button>
      </p>
      <Quota value={world.settings.quota} />
      <div class="scrolls" tabIndex={0} role="region" aria-label="Tenants">
        <table>
          <thead>
            <tr>
              <th scope="col">Tenant</th>
              <th scope="col">Key</th>
              <th scope="col">Running</th>
              <th scope="col">Peak</th>
              <th scope="col">Made</th>
              <th scope="col">Sandbox-seconds</th>
              <th scope="col">Hibernated for s</th>
            </tr>
          </thead>
          <tbody>
            {world.tenants.map(({ contract, name, key }) => {
              const used = useFor(contract, name);
              return (
                <tr key={`${contract} ${name}`}>
                  <th scope="row">
                    {name} <small>{contract}</small>
                  </th>
                  <td>
                    <Copy label="Copy key" text={() => key} />
                  </td>
                  <td>
                    {numberText(used?.running ?? 0)}
                    {used?.quota === undefined ? "" : ` of ${used.quota}`}
                  </td>
                  <td>{numberText(used?.peakRunning ?? 0)}</td>
                  <td>{numberText(used?.creates ?? 0)}</td>
                  <td>{numberText(used?.sandboxSeconds ?? 0)}</td>
                  <td>{numberText(used?.hibernatedSeconds ?? 0)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <dl>
        <dt>Seed</dt>
        <dd>{world.seed}</dd>
        <dt>Preview domain</dt>
        <dd>{world.settings.previewDomain}</dd>
      </dl>
    </>
  );
}

function Quota({ value }: { readonly value: number | null }) {
  const { change } = useActions();
  const [text, setText] = useState(value === null ? "" : String(value));
  useEffect(() => setText(value === null ? "" : String(value)), [value]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void change("PATCH", "/settings", { quota: text === "" ? null : Number(text) });
  };
  return (
    <form class="filters" onSubmit={submit}>
      <label>
        Running sandboxes for each OpenComputer organisation{" "}
        <input
          inputMode="numeric"
          size={5}
          placeholder="any"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <button type="submit">Set quota</button>
    </form>
  );
}
