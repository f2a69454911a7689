import {
  httpMethods,
  type Evidence,
  type HttpMethod,
  type Operation,
  type OperationParameter,
} from "../contract/operation.ts";
import { parsePointer } from "../contract/json-pointer.ts";
import { isJsonObject, stringsOf, valueAt, type JsonObject, type JsonValue } from "./json.ts";
import { isSchema, type Schema } from "./schema-keywords.ts";

/** A body as the document describes it. Where it has several media types, JSON is taken before others. */
type BodyModel = { readonly contentType: string; readonly schema: Schema };

export type ParameterModel = OperationParameter & {
  readonly schema: Schema;
  /** What separates the entries of a list that comes as one text; undefined where each has a text of its own. */
  readonly separator: string | undefined;
  /** How an object comes: each member as `name[member]`, as a text of its own, or in one text with separators. */
  readonly members: "deepObject" | "exploded" | "separated";
  /** Whether the text is JSON, since the parameter is described by `content`. */
  readonly json: boolean;
};

/** An operation with the schemas of what is sent and answered. */
export type OperationModel = {
  readonly operation: Operation;
  readonly parameters: readonly ParameterModel[];
  readonly requestBody: BodyModel | undefined;
  /** By status key; a status without a body that has a schema is left out. */
  readonly responseBodies: Readonly<Record<string, BodyModel>>;
};

/** Lists the operations of a self-contained 3.1 document in document order: those of its paths, or of its webhooks. */
export function listOperations(document: JsonObject, section: "paths" | "webhooks"): OperationModel[] {
  return objectEntries(document[section]).flatMap(([path, item]) =>
    objectEntries(item).flatMap(([key, source]) => {
      const method = httpMethods.find((one) => one === key);
      return method === undefined ? [] : [modelOf({ document, path, item, method, source })];
    }),
  );
}

type Place = {
  readonly document: JsonObject;
  readonly path: string;
  readonly item: JsonObject;
  readonly method: HttpMethod;
  readonly source: JsonObject;
};

function modelOf({ document, path, item, method, source }: Place): OperationModel {
  const parameters = parametersOf(document, item, source);
  const requestBody = resolved(document, source["requestBody"]);
  const responses = objectEntries(source["responses"])
    .filter(([status]) => !status.startsWith("x-"))
    .map(([status, response]) => [status, resolved(document, response) ?? {}] as const);
  return {
    operation: {
      id: textOf(source["operationId"]),
      method,
      path,
      tags: stringsOf(source["tags"]),
      statuses: responses.map(([status]) => status),
      // A document that says nothing about its sources is documentation.
      evidence: (source["x-evidence"] ?? item["x-evidence"] ?? "docs") as Evidence,
      security: securityOf(source["security"] ?? document["security"]),
      parameters: parameters.map(({ name, in: place, required }) => ({ name, in: place, required })),
      requestBodyRequired: requestBody?.["required"] === true,
      requestContentTypes: contentTypesOf(requestBody),
      responseContentTypes: Object.fromEntries(responses.map(([status, body]) => [status, contentTypesOf(body)])),
    },
    parameters,
    requestBody: bodyOf(document, requestBody),
    responseBodies: Object.fromEntries(
      responses.flatMap(([status, response]) => {
        const body = bodyOf(document, response);
        return body === undefined ? [] : [[status, body]];
      }),
    ),
  };
}

/** The path item's parameters, each unless the operation has one of the same name and place, then the operation's. */
function parametersOf(document: JsonObject, item: JsonObject, source: JsonObject): ParameterModel[] {
  const own = parameterList(document, source["parameters"]);
  const names = new Set(own.map((parameter) => `${parameter.in} ${parameter.name}`));
  const shared = parameterList(document, item["parameters"]);
  return [...shared.filter((parameter) => !names.has(`${parameter.in} ${parameter.name}`)), ...own];
}

function parameterList(document: JsonObject, list: JsonValue | undefined): ParameterModel[] {
  return (Array.isArray(list) ? list : []).flatMap((entry) => {
    const parameter = resolved(document, entry);
    if (parameter === undefined) return [];
    const body = bodyOf(document, parameter);
    const schema = body?.schema ?? (isSchema(parameter["schema"]) ? parameter["schema"] : true);
    const place = parameter["in"] as ParameterModel["in"];
    const style = textOf(parameter["style"]) || (place === "query" || place === "cookie" ? "form" : "simple");
    const exploded = (parameter["explode"] ?? style === "form") === true;
    const separator = style === "spaceDelimited" ? " " : style === "pipeDelimited" ? "|" : ",";
    const model = {
      name: textOf(parameter["name"]),
      in: place,
      required: parameter["required"] === true,
      schema,
      separator: exploded ? undefined : separator,
      members: style === "deepObject" ? "deepObject" : exploded && place === "query" ? "exploded" : "separated",
      json: body !== undefined,
    } as const;
    return [model];
  });
}

function bodyOf(document: JsonObject, holder: JsonObject | undefined): BodyModel | undefined {
  const bodies = objectEntries(holder?.["content"]).flatMap(([contentType, entry]) => {
    const schema = resolved(document, entry)?.["schema"];
    return isSchema(schema) ? [{ contentType, schema }] : [];
  });
  return bodies.find(({ contentType }) => isJsonType(contentType)) ?? bodies[0];
}

function isJsonType(contentType: string): boolean {
  return /^[^;]*[/+]json\b/i.test(contentType);
}

function contentTypesOf(holder: JsonObject | undefined): string[] {
  return objectEntries(holder?.["content"]).map(([contentType]) => contentType);
}

function securityOf(requirements: JsonValue | undefined): string[][] {
  const alternatives = Array.isArray(requirements) ? requirements : [];
  return alternatives.map((alternative) => objectKeys(alternative));
}

/** What a value is behind its `$ref`s; the document was checked, so each leads somewhere. */
function resolved(document: JsonObject, value: JsonValue | undefined): JsonObject | undefined {
  if (!isJsonObject(value)) return undefined;
  const { $ref } = value;
  return typeof $ref === "string" ? resolved(document, valueAt(document, parsePointer($ref))) : value;
}

function objectEntries(value: JsonValue | undefined): [string, JsonObject][] {
  return isJsonObject(value) ? (Object.entries(value) as [string, JsonObject][]) : [];
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

function objectKeys(value: JsonValue): string[] {
  return isJsonObject(value) ? Object.keys(value) : [];
}
