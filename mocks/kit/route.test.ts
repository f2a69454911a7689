import { expect, test } from "vitest";
import { createRouteFinder } from "./route.ts";

const table = [
  ["createSandbox", "post", "/api/sandboxes"],
  ["listSandboxes", "get", "/api/sandboxes"],
  ["getSandbox", "get", "/api/sandboxes/{id}"],
  ["getTags", "get", "/api/sandboxes/{id}/tags"],
  ["deletePreview", "delete", "/api/sandboxes/{id}/preview/{port}"],
  ["rotatePreviewToken", "post", "/api/sandboxes/{id}/preview/rotate"],
] as const;
const findRoute = createRouteFinder(Object.fromEntries(table.map(([id, method, path]) => [id, { id, method, path }])));

test.each([
  ["GET", "/api/sandboxes", "listSandboxes", {}],
  ["HEAD", "/api/sandboxes", "listSandboxes", {}],
  ["POST", "/api/sandboxes", "createSandbox", {}],
  ["GET", "/api/sandboxes/sb-1", "getSandbox", { id: "sb-1" }],
  ["GET", "/api/sandboxes/a%2Fb%20c", "getSandbox", { id: "a/b c" }],
  ["GET", "/api/sandboxes/%zz%20", "getSandbox", { id: "%zz%20" }],
  ["GET", "/api/sandboxes/__proto__", "getSandbox", { id: "__proto__" }],
  ["GET", "/api/x/../sandboxes/./sb-1", "getSandbox", { id: "sb-1" }],
  ["POST", "/api/sandboxes/sb-1/preview/rotate", "rotatePreviewToken", { id: "sb-1" }],
  ["DELETE", "/api/sandboxes/sb-1/preview/rotate", "deletePreview", { id: "sb-1", port: "rotate" }],
])("%s %s leads to %s", (method, path, operationId, params) => {
  expect(findRoute(method, path)).toEqual({ operationId, params, allowed: [] });
});

test.each([
  ["PUT", "/api/sandboxes", ["POST", "GET"]],
  ["OPTIONS", "/api/sandboxes/sb-1/preview/rotate", ["POST"]],
  ["OPTIONS", "/api/sandboxes/sb-1/preview/3000", ["DELETE"]],
  ["GET", "/api/sandboxes/", []],
  ["GET", "/api/sandboxes//tags", []],
  ["GET", "/api%2Fsandboxes", []],
  ["OPTIONS", "*", []],
])("%s %s leads nowhere, and the path has the methods %j", (method, path, allowed) => {
  expect(findRoute(method, path)).toEqual({ operationId: undefined, params: {}, allowed });
});
