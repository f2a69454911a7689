import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { isJsonType, parseJson } from "./checks.ts";
import { type Asked, Refusal } from "./http.ts";

type Body = { readonly $ref?: string; readonly content?: Readonly<Record<string, unknown>> };
type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly requestBody?: Body }>>>>;
  readonly components: { readonly requestBodies: Readonly<Record<string, Body>> };
};
type Template = { readonly segments: readonly string[]; readonly method: string; readonly pointer: string };

/** The whole document of OpenComputer, of which `specs/` has the parts. */
const file = new URL("../../generated/opencomputer/openapi.json", import.meta.url);
const document = JSON.parse(readFileSync(file, "utf8")) as Document;

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
ajv.addSchema(document, "document");

/** The operations whose body the document describes as JSON. */
const templates: readonly Template[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, { requestBody }]) => {
    const own = `#/paths/${path.replaceAll("/", "~1")}/${method}/requestBody`;
    const shared = requestBody?.$ref;
    const body = shared === undefined ? requestBody : document.components.requestBodies[shared.split("/").at(-1)!];
    if (body?.content?.["application/json"] === undefined) return [];
    const pointer = `document${shared ?? own}/content/application~1json/schema`;
    return [{ segments: path.split("/").slice(1), method: method.toUpperCase(), pointer }];
  }),
);

/** Refuses a body that the document forbids. */
export function checkBody({ method, path, body, headers }: Asked): void {
  const fits = ({ segments, method: of }: Template) =>
    of === method &&
    segments.length === path.length &&
    segments.every((segment, index) => segment.startsWith("{") || segment === path[index]);
  const template = templates.find(fits);
  if (template === undefined || body === "too large" || body.length === 0) return;
  // What receives events on this machine has no certificate.
  const text = Buffer.from(body.toString("latin1").replaceAll("http://127.0.0.1", "https://localhost"), "latin1");
  const parsed = isJsonType(headers["content-type"]) ? parseJson(text) : undefined;
  if (parsed === undefined) return;
  if (!ajv.validate({ $ref: template.pointer }, parsed.value)) throw new Refusal(400, { error: ajv.errorsText() });
}
