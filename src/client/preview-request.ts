import { requireMembers, rules } from "../contract/caller-input.ts";
import { nothingSent } from "./client-options.ts";

/** What `fetch` takes, and how the token is shown. */
export type PreviewInit = RequestInit & {
  /** Header for the preview token. Default `X-OC-Preview-Token`, which leaves `Authorization` to the application. */
  readonly tokenIn?: "X-OC-Preview-Token" | "Authorization" | undefined;
};

const platformNames =
  "body cache credentials dispatcher duplex headers integrity keepalive method mode priority redirect referrer referrerPolicy signal window";
const initMembers = Object.fromEntries([...platformNames.split(" "), "tokenIn"].map((name) => [name, rules.any]));

/** @throws {@link ContractError} `CONFIG_INVALID` for a member that `fetch` does not have: it would have no effect */
export function assertPreviewInit(init: unknown): void {
  if (!isOf(init, "Request")) requireMembers("previewFetch", init, initMembers, nothingSent);
}

/** The classes that one HTTP library knows requests and forms by: the platform's and undici's are strangers. */
export type BodyClasses = { readonly Request: typeof Request; readonly FormData: typeof FormData };

/**
 * What to send, of a `Request` too: its members are getters, which spreading would lose. A stream is sent as it comes.
 * Whether a `Request` follows redirects cannot be told from the default, so that it does not count.
 */
export function toRequestInit(source: PreviewInit | Request | undefined): PreviewInit & { readonly duplex?: "half" } {
  if (source === undefined || !isOf(source, "Request")) return { ...source, duplex: "half" };
  const { method, headers, body, signal } = source as Request;
  return { method, headers, signal, duplex: "half", ...(body !== null && { body }) };
}

/** Makes a form one of the library's own: any other would be sent as the text "[object FormData]". */
export function withFormOf(FormDataClass: typeof FormData, init: RequestInit): RequestInit {
  const { body } = init;
  if (!isOf(body, "FormData") || body instanceof FormDataClass) return init;
  const form = new FormDataClass();
  for (const [name, value] of body as FormData) {
    if (typeof value === "string") form.append(name, value);
    else form.append(name, value, value.name);
  }
  return { ...init, body: form };
}

/** By its tag, since several libraries have a class of that name. */
function isOf(value: unknown, tag: string): boolean {
  return Object.prototype.toString.call(value) === `[object ${tag}]`;
}
