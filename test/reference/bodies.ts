import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import document from "../../generated/opencomputer/openapi.json" with { type: "json" };
import { operations } from "../../generated/opencomputer/operations.ts";
import type { Operation } from "../../src/contract/operation.ts";
import { isJsonType, parseJson } from "./checks.ts";
import { type Asked, Refusal } from "./http.ts";

type Template = { readonly segments: readonly string[]; readonly method: string; readonly pointer: string };

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
ajv.addSchema(document, "document");

type Bodies = Readonly<Record<string, { readonly requestBody?: { readonly $ref?: string } }>>;
const paths = document.paths as unknown as Readonly<Record<string, Bodies>>;

/** The operations whose body the document describes as JSON. */
const templates: readonly Template[] = Object.values<Operation>(operations)
  .filter(({ requestContentTypes }) => requestContentTypes.includes("application/json"))
  .map(({ path, method }) => {
    const { $ref: shared } = paths[path]![method]!.requestBody!;
    const own = shared?.slice(1) ?? `/paths/${path.replaceAll("/", "~1")}/${method}/requestBody`;
    const pointer = `document#${own}/content/application~1json/schema`;
    return { segments: path.split("/").slice(1), method: method.toUpperCase(), pointer };
  });

/** Refuses a body that the document of OpenComputer forbids. */
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
