import { useEffect, useState } from "preact/hooks";
import { useActions } from "./actions.tsx";
import { call, type Schemas } from "./control-api.ts";
import type { LiveWorld } from "./live-world.ts";

type Known = Schemas["FaultList"][number];

/** The faults that there are, each with what a mock with it does, and a switch. */
export function Faults({ live }: { readonly live: LiveWorld }) {
  const { change, say } = useActions();
  const [known, setKnown] = useState<readonly Known[]>([]);
  const [text, setText] = useState("");
  useEffect(() => {
    call<Schemas["FaultList"]>("GET", "/faults").then(setKnown, (error: unknown) => say((error as Error).message));
  }, []);
  const on = live.tick?.world.faults ?? [];
  const byId = Map.groupBy(known, ({ id }) => id);
  const shown = [...byId].filter(([id, forms]) =>
    `${id} ${forms.map(({ summary }) => summary).join(" ")}`.includes(text),
  );
  const toggle = (id: string) => {
    const isOn = on.some((fault) => fault.id === id);
    void change("PUT", "/faults", isOn ? on.filter((fault) => fault.id !== id) : [...on, { id }]);
  };
  return (
    <>
      <div class="filters">
        <input
          type="search"
          data-filter
          aria-label="Filter faults"
          placeholder="id or words"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="button" disabled={on.length === 0} onClick={() => void change("PUT", "/faults", [])}>
          Switch all off ({on.length})
        </button>
      </div>
      <ul class="faults">
        {shown.map(([id, forms]) => (
          <li key={id}>
            <label>
              <input type="checkbox" checked={on.some((fault) => fault.id === id)} onChange={() => toggle(id)} />{" "}
              <code>{id}</code>
            </label>
            {forms.map(({ contract, summary }) => (
              <p key={contract}>
                {forms.length > 1 && <b>{contract}: </b>}a mock that {summary}
              </p>
            ))}
          </li>
        ))}
      </ul>
    </>
  );
}
