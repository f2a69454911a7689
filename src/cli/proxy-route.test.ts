import { expect, test } from "vitest";
import { routeRequest } from "./proxy-route.ts";

const here = { target: "http://127.0.0.1:4020", hasPreviews: true };
const there = { target: "https://api.example", hasPreviews: true, previewDomain: "sandboxes.example" };
const byHost = { headers: { host: "sb-1-p3000.localhost:4040" }, url: "/a?b=1" };
const byPath = { headers: { host: "127.0.0.1:4040" }, url: "/__sandglass/preview/sb-1/3000/a?b=1" };

test.each([
  ["the API", here, { headers: { host: "localhost:4040" }, url: "/a" }, here.target, "127.0.0.1:4020", here.target],
  ["a host", here, byHost, "http://sb-1-p3000.localhost", "sb-1-p3000.localhost:4040", here.target],
  ["a path", here, byPath, "http://sb-1-p3000.localhost", "sb-1-p3000.localhost:4040", here.target],
  [
    "a path with a world",
    here,
    { ...byPath, url: "/__sandglass/preview/w1/sb-1/3000/a?b=1" },
    "http://sb-1-p3000.w1.localhost",
    "sb-1-p3000.w1.localhost:4040",
    here.target,
  ],
  [
    "a host elsewhere",
    there,
    byHost,
    "https://sb-1-p3000.sandboxes.example",
    "sb-1-p3000.sandboxes.example",
    "https://sb-1-p3000.sandboxes.example",
  ],
  [
    "a path elsewhere",
    there,
    byPath,
    "https://sb-1-p3000.sandboxes.example",
    "sb-1-p3000.sandboxes.example",
    "https://sb-1-p3000.sandboxes.example",
  ],
])("%s leads to its target", (_, options, incoming, origin, host, target) => {
  const path = incoming.url.replace(/^\/__sandglass\/preview\/(w1\/)?sb-1\/3000/, "");
  expect(routeRequest(incoming, options)).toMatchObject({ origin, host, target, path });
});

test("no name that an app asks for leads elsewhere than to the domain that was given", () => {
  const evil = { headers: { host: "sb-1-p3000.evil.example" }, url: "/" };
  expect(routeRequest(evil, there)).toMatchObject({ target: "https://sb-1-p3000.sandboxes.example" });
  expect(routeRequest(evil, { ...there, previewDomain: undefined })).toContain("--preview-domain");
  expect(routeRequest(evil, here)).toMatchObject({ target: here.target });
});

test("a contract without previews has its API alone", () => {
  expect(routeRequest(byPath, { ...here, hasPreviews: false })).toMatchObject({ preview: "no", path: byPath.url });
});
