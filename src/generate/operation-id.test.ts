import { expect, test } from "vitest";
import { deriveOperationId } from "./operation-id.ts";

const cases = [
  { method: "post", path: "/api/sandboxes", id: "postApiSandboxes" },
  { method: "get", path: "/api/sandboxes/{id}", id: "getApiSandboxesById" },
  { method: "get", path: "/repos/{owner}/{repo}/git", id: "getReposByOwnerByRepoGit" },
  { method: "put", path: "/v1.2/user-profiles/{user_id}.json", id: "putV12UserProfilesByUserIdJson" },
  { method: "get", path: "/", id: "get" },
];

test.each(cases)("$method $path is named $id", ({ method, path, id }) => {
  expect(deriveOperationId(method, path)).toBe(id);
});
