import { render } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ActionsContext, createActions } from "./actions.tsx";
import { ClockBar } from "./clock-bar.tsx";
import { keepToken } from "./control-api.ts";
import { Faults } from "./faults.tsx";
import { type LiveWorld, useLiveWorld } from "./live-world.ts";
import { Requests } from "./requests.tsx";
import { Sandboxes } from "./sandboxes.tsx";
import { WorldTab } from "./world-tab.tsx";

const tabs = ["Sandboxes", "Requests", "Faults", "World"] as const;
type Tab = (typeof tabs)[number];

const statusTexts: Readonly<Record<LiveWorld["status"], string>> = {
  connecting: "connecting",
  live: "live",
  lost: "the mock does not answer: trying again",
  locked: "the mock wants its control token",
  gone: "there is no such world any more",
};

function App() {
  const [world, setWorld] = useState(location.hash.slice(1) || "default");
  const [attempt, setAttempt] = useState(0);
  const [tab, setTab] = useState<Tab>("Sandboxes");
  const [message, setMessage] = useState("");
  const live = useLiveWorld(world, attempt);
  const actions = useMemo(() => createActions(world, setMessage), [world]);
  const open = (id: string) => {
    location.hash = id;
    setWorld(id);
  };
  useShortcuts(setTab);
  const worlds = live.tick?.worlds ?? [world];
  return (
    <ActionsContext.Provider value={actions}>
      <header>
        <h1>Sandglass</h1>
        <label>
          World{" "}
          <select value={world} onChange={(event) => open(event.currentTarget.value)}>
            {[...new Set([...worlds, world])].map((id) => (
              <option key={id}>{id}</option>
            ))}
          </select>
        </label>
        <span class={`live ${live.status}`} role="status">
          {statusTexts[live.status]}
        </span>
        <ClockBar live={live} />
      </header>
      {message !== "" && (
        <p class="message" role="alert">
          {message}
        </p>
      )}
      {live.status === "locked" && <TokenForm onSent={() => setAttempt(attempt + 1)} />}
      {live.status === "gone" && (
        <p class="buttons">
          <button type="button" onClick={() => open("default")}>
            Open the default world
          </button>
        </p>
      )}
      <Tabs tab={tab} onTab={setTab} faults={live.tick?.world.faults.length ?? 0} />
      <main>
        <div id="panel" role="tabpanel" aria-labelledby={`tab-${tab}`}>
          {tab === "Sandboxes" && <Sandboxes live={live} />}
          {tab === "Requests" && <Requests live={live} />}
          {tab === "Faults" && <Faults live={live} />}
          {tab === "World" && <WorldTab live={live} onOpen={open} />}
        </div>
      </main>
      <footer>
        Keys: <kbd>1</kbd> to <kbd>4</kbd> choose a tab, <kbd>/</kbd> the filter.
      </footer>
    </ActionsContext.Provider>
  );
}

type TabsProps = { readonly tab: Tab; readonly onTab: (tab: Tab) => void; readonly faults: number };

function Tabs({ tab, onTab, faults }: TabsProps) {
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length]!;
    onTab(next);
    list.current!.querySelector<HTMLButtonElement>(`#tab-${next}`)!.focus();
  };
  return (
    <nav>
      <div role="tablist" aria-label="What is shown" ref={list} onKeyDown={move}>
        {tabs.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-controls="panel"
            aria-selected={tab === name}
            tabIndex={tab === name ? 0 : -1}
            onClick={() => onTab(name)}
          >
            {name}
            {name === "Faults" && faults > 0 && <span class="badge">{faults} on</span>}
          </button>
        ))}
      </div>
    </nav>
  );
}

function TokenForm({ onSent }: { readonly onSent: () => void }) {
  const [token, setToken] = useState("");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    keepToken(token);
    onSent();
  };
  return (
    <form class="filters" onSubmit={submit}>
      <label>
        Control token{" "}
        <input
          type="password"
          autoComplete="off"
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
      </label>
      <button type="submit">Use it</button>
    </form>
  );
}

function useShortcuts(onTab: (tab: Tab) => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLElement && /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      const tab = tabs[Number(event.key) - 1];
      if (tab !== undefined) onTab(tab);
      if (event.key !== "/") return;
      event.preventDefault();
      document.querySelector<HTMLInputElement>("[data-filter]")?.focus();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

render(<App />, document.body);
