import { useState } from "preact/hooks";
import { Copy, useActions } from "./actions.tsx";
import type { Schemas } from "./control-api.ts";
import { asCurl, asTest } from "./copied-request.ts";
import { entriesMax, type LiveWorld } from "./live-world.ts";
import { numberText, prettyText, timeText } from "./texts.ts";

type Entry = Schemas["JournalEntry"];

/** How many requests are listed at once. */
const listedMax = 200;

/** The requests of the world, the newest first. */
export function Requests({ live }: { readonly live: LiveWorld }) {
  const { change } = useActions();
  const [text, setText] = useState("");
  const [kind, setKind] = useState("");
  const [held, setHeld] = useState<readonly Entry[]>();
  const [open, setOpen] = useState<number>();
  const entries = held ?? live.entries;
  const matching = entries.filter((entry) => isOfKind(entry, kind) && hasText(entry, text));
  const listed = matching.slice(-listedMax).reverse();
  return (
    <>
      <div class="filters">
        <input
          type="search"
          data-filter
          aria-label="Filter requests"
          placeholder="path, operation, reason, body"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <select aria-label="Answers" value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
          <option value="">all answers</option>
          <option value="2">successes</option>
          <option value="4">refusals (4xx)</option>
          <option value="5">failures (5xx)</option>
        </select>
        <button
          type="button"
          aria-pressed={held !== undefined}
          onClick={() => setHeld(held === undefined ? live.entries : undefined)}
        >
          {held === undefined ? "Hold" : "Held"}
        </button>
        <button type="button" onClick={() => void change("DELETE", "/journal")}>
          Empty the journal
        </button>
      </div>
      <p class="note" role="note">
        {numberText(live.tick?.world.requests ?? 0)} requests, {numberText(live.perSecond)} in a second.
        {live.skipped > 0 &&
          ` ${numberText(live.skipped)} came too fast to be told here: what is listed is a sample of them.`}
        {matching.length > listed.length && ` The newest ${listedMax} of ${numberText(matching.length)} are listed.`}
        {entries.length >= entriesMax && ` The page keeps the newest ${numberText(entriesMax)}.`}
      </p>
      {live.tick?.world.requests === 0 && <p class="empty">No request yet.</p>}
      <ul class="rows">
        {listed.map((entry) => (
          <RequestRow
            key={entry.sequence}
            entry={entry}
            live={live}
            isOpen={open === entry.sequence}
            onToggle={() => setOpen(open === entry.sequence ? undefined : entry.sequence)}
          />
        ))}
      </ul>
    </>
  );
}

function isOfKind({ status }: Entry, kind: string): boolean {
  return kind === "" || (kind === "2" ? status < 400 : String(status).startsWith(kind));
}

function hasText({ url, operation, reason, requestBody, answerBody }: Entry, text: string): boolean {
  return [url, operation, reason?.rule ?? "", reason?.message ?? "", requestBody, answerBody].some((one) =>
    one.includes(text),
  );
}

type RowProps = {
  readonly entry: Entry;
  readonly live: LiveWorld;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
};

function RequestRow({ entry, live, isOpen, onToggle }: RowProps) {
  const { tenants } = live.tick!.world;
  const tenant = tenants.find(({ id }) => id === entry.tenantId)?.name ?? "";
  return (
    <li>
      <button type="button" class="row" aria-expanded={isOpen} onClick={onToggle}>
        <span class={`status s${String(entry.status)[0]}`}>{entry.status}</span>
        <time>{timeText(entry.atMs)}</time>
        <b>{entry.method}</b>
        <code class="path">{entry.url}</code>
        <span class="who">{tenant}</span>
        {entry.reason !== undefined && <span class="reason">{entry.reason.rule}</span>}
      </button>
      {isOpen && <RequestDetails entry={entry} live={live} />}
    </li>
  );
}

function RequestDetails({ entry, live }: Pick<RowProps, "entry" | "live">) {
  const port = live.tick!.ports[entry.contract] ?? location.port;
  const host = entry.operation === "preview" ? (entry.requestHeaders["host"] ?? "") : `${location.hostname}:${port}`;
  const origin = `http://${host}`;
  const { reason, unread } = entry;
  return (
    <div class="details">
      {reason !== undefined && (
        <p class="reason">
          <b>{reason.rule}</b>
          {reason.pointer !== undefined && ` at ${reason.pointer || "the whole body"}`}: {reason.message}
        </p>
      )}
      {unread.length > 0 && <p class="reason">Sent, and read by nothing: {unread.join(", ")}</p>}
      <p class="buttons">
        <Copy label="Copy as curl" text={() => asCurl(entry, origin)} />
        <Copy label="Copy as a vitest test" text={() => asTest(entry, origin)} />
      </p>
      <div class="both">
        <Message title={`Request ${entry.operation}`} headers={entry.requestHeaders} body={entry.requestBody} />
        <Message title={`Answer ${entry.status}`} headers={entry.answerHeaders} body={entry.answerBody} />
      </div>
    </div>
  );
}

type MessageProps = {
  readonly title: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

function Message({ title, headers, body }: MessageProps) {
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return (
    <section>
      <h2>{title}</h2>
      <pre tabIndex={0}>{`${head.join("\n")}${body === "" ? "" : `\n\n${prettyText(body)}`}`}</pre>
    </section>
  );
}
