import type { Schemas } from "./control-api.ts";

type Entry = Schemas["JournalEntry"];

/** Headers that a client adds by itself. */
const ownHeaders = /^(?:host|connection|content-length|user-agent|accept(?:-.*)?|sec-.*|origin|referer)$/;
const masked = "***";

/** A request as a line for a shell. A key is read from the environment, since the journal does not show it. */
export function asCurl(entry: Entry, origin: string): string {
  const headers = headersOf(entry).map(([name, value]) =>
    value === masked ? ` -H "${name}: $SANDGLASS_KEY"` : ` -H ${quoted(`${name}: ${value}`)}`,
  );
  const body = entry.requestBody === "" ? "" : ` -d ${quoted(entry.requestBody)}`;
  const method = entry.method === (body === "" ? "GET" : "POST") ? "" : ` -X ${entry.method}`;
  return `curl -i${method} ${quoted(`${origin}${entry.url}`)}${headers.join("")}${body}`;
}

/** A request as a test of vitest, which expects the status that was answered. */
export function asTest(entry: Entry, origin: string): string {
  const headers = headersOf(entry).map(([name, value]) => {
    const written = value === masked ? 'process.env["SANDGLASS_KEY"] ?? ""' : JSON.stringify(value);
    return `    ${JSON.stringify(name)}: ${written},\n`;
  });
  const body = entry.requestBody === "" ? "" : `  const body = ${JSON.stringify(entry.requestBody)};\n`;
  const init = `{ method: ${JSON.stringify(entry.method)}, headers${body === "" ? "" : ", body"} }`;
  return `import { expect, test } from "vitest";

test(${JSON.stringify(`${entry.method} ${entry.url} is answered ${entry.status}`)}, async () => {
  const headers = {
${headers.join("")}  };
${body}  const response = await fetch(${JSON.stringify(`${origin}${entry.url}`)}, ${init});
  expect(response.status).toBe(${entry.status});
});
`;
}

function headersOf({ requestHeaders }: Entry): readonly (readonly [string, string])[] {
  return Object.entries(requestHeaders).filter(([name]) => !ownHeaders.test(name));
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
