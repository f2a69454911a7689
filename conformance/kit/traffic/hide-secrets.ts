import type { RunContract } from "../law/contract.ts";
import { maskExchange } from "../secrets/mask-outcome.ts";
import { createSecretMask } from "../secrets/secret-mask.ts";
import type { SecretMask } from "../secrets/secret-mask.ts";
import { parseJson } from "../law/exchange.ts";
import type { Exchange } from "../law/exchange.ts";
import { credentialHeaders } from "./callers.ts";
import { variableName, visitTexts } from "../secrets/response-secrets.ts";

/** Takes what is secret out of what a report shows of a recording, which was not made to be shown. */
type Hider = {
  /** Takes note of the secrets that an exchange carries, since later ones may show them where no secret is expected. */
  readonly note: (exchange: Exchange, caller: string) => void;
  readonly text: (text: string) => string;
  /** The exchange and a sentence about it, without secrets. */
  readonly hide: (exchange: Exchange, reason: string) => { readonly exchange: Exchange; readonly reason: string };
};

/** So many secrets are remembered, the last ones: a recording must not fill the memory of the run that reads it. */
const secretsMax = 5_000;
/** A shorter one guards nothing, and would hide half of any text. */
const secretLengthMin = 6;

/** Headers whose values are shown. What stands in any other may be a secret of the app or of what it runs on. */
const shownHeaders: ReadonlySet<string> = new Set([
  ...["accept", "allow", "cache-control", "connection", "content-encoding", "content-length", "content-type", "date"],
  ...["host", "retry-after", "server", "transfer-encoding", "upgrade", "user-agent", "vary", "x-request-id"],
  ...["www-authenticate", "x-sandglass-reason"],
]);
/** Names of members and of parameters whose values are secrets, whatever the contract says of them. */
const secretName = /token|secret|password|passwd|credential|authorization|api[-_]?key|^envs?$|webhook/i;

/** Creates what hides the secrets of a recording, at first none. */
export function createHider({ keyHeader, secretFields }: RunContract): Hider {
  const known = new Map<string, string>();
  const credentials = credentialHeaders(keyHeader);
  const remember = (secret: string, name: string) => {
    if (secret.length < secretLengthMin || secret.startsWith("$SANDGLASS_")) return;
    known.delete(secret);
    known.set(secret, name);
    if (known.size > secretsMax) known.delete(known.keys().next().value!);
  };
  return {
    note: ({ request, response }, caller) => {
      for (const name of credentials) {
        const value = request.headers[name];
        if (value !== undefined) remember(value.replace(/^\w+\s+/, ""), `SANDGLASS_${variableName(caller)}`);
      }
      const found = (name: string, value: string) => {
        if (secretFields.includes(name)) remember(value, `SANDGLASS_${variableName(name)}`);
      };
      const mayHold = (body: string) => secretFields.some((name) => body.includes(name));
      if (mayHold(response.body)) visitTexts(response.json, found);
      if (mayHold(request.body ?? "")) visitTexts(parseJson(request.body ?? ""), found);
    },
    text: (text) => createSecretMask(Object.fromEntries(known)).text(text),
    hide: (exchange, reason) => {
      const mask = createSecretMask(Object.fromEntries(known));
      const bodies = [exchange.response.json, parseJson(exchange.request.body ?? "")];
      for (const body of bodies) learnNamed(mask, body);
      return { exchange: maskExchange(mask, withoutStrangeParts(exchange)), reason: mask.text(reason) };
    },
  };
}

function withoutStrangeParts(exchange: Exchange): Exchange {
  const { operation, request, response } = exchange;
  const isOfApp = operation === "preview"; // what is behind the gate is the app's own, and no business of a report
  const { body, ...rest } = request;
  return {
    ...exchange,
    request: {
      ...{ ...rest, url: shownUrl(request.url), headers: shown(request.headers) },
      ...(body === undefined || isOfApp ? {} : { body }),
    },
    response: {
      ...{ ...response, headers: shown(response.headers) },
      ...(isOfApp && response.status < 400 ? { body: "", json: undefined } : {}),
    },
  };
}

function shown(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      shownHeaders.has(name) || /^(Bearer )?\$SANDGLASS_\w+$/.test(value) ? value : hidden,
    ]),
  );
}

const hidden = "$SANDGLASS_HIDDEN";

/** A URL without the name and password of a user, and without parameters that are named like secrets. */
function shownUrl(text: string): string {
  const url = new URL(text);
  if (url.username === "" && url.password === "" && url.search === "") return text;
  url.username = "";
  url.password = "";
  for (const name of new Set(url.searchParams.keys())) if (secretName.test(name)) url.searchParams.set(name, hidden);
  return url.href;
}

/** What stands under the name of a secret, at any depth, is one. */
function learnNamed(mask: SecretMask, body: unknown): void {
  visitTexts(
    body,
    (name, value) => {
      if (value.length >= secretLengthMin && !value.startsWith("$SANDGLASS_")) mask.learn(value, "SANDGLASS_HIDDEN");
    },
    secretName,
  );
}
