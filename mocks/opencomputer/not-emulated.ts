import type { Service } from "../kit/service.ts";

const sandbox = "/api/sandboxes/{id}";
const snapshot = "/api/snapshots/{name}";
const webhook = "/api/webhooks/{id}";

/** Operations of the vendor that the mock lacks, as docs/reference/mock-opencomputer.md lists them. */
export const notEmulated: Service<never>["notEmulated"] = {
  [`${sandbox}/pty`]: ["post"],
  [`${sandbox}/pty/{sessionId}`]: ["get", "delete"],
  [`${sandbox}/pty/{sessionId}/resize`]: ["post"],
  [`${snapshot}/patches`]: ["post", "get"],
  [`${snapshot}/patches/{patchId}`]: ["delete"],
  [`${snapshot}/publish`]: ["post"],
  [`${snapshot}/unpublish`]: ["post"],
  [`${sandbox}/reboot`]: ["post"],
  [`${sandbox}/power-cycle`]: ["post"],
  [`${sandbox}/scale`]: ["post"],
  [`${sandbox}/limits`]: ["put"],
  [`${sandbox}/autoscale`]: ["get", "put"],
  [`${sandbox}/scaling-lock`]: ["get", "put"],
  [`${sandbox}/allowed-hosts`]: ["get"],
  [`${sandbox}/token/refresh`]: ["post"],
  [`${sandbox}/logs`]: ["get"],
  [`${sandbox}/usage`]: ["get"],
  "/api/usage": ["get"],
  "/api/tags": ["get"],
  "/api/secret-stores": ["post", "get"],
  "/api/secret-stores/{id}": ["get", "put", "delete"],
  "/api/secret-stores/{id}/secrets": ["get"],
  "/api/secret-stores/{id}/secrets/{name}": ["put", "delete"],
  "/api/webhooks": ["post", "get"],
  [webhook]: ["get", "patch", "delete"],
  [`${webhook}/test`]: ["post"],
  [`${webhook}/secret`]: ["get"],
  [`${webhook}/deliveries`]: ["get"],
  [`${webhook}/deliveries/{messageId}`]: ["get"],
  [`${webhook}/deliveries/{messageId}/redeliver`]: ["post"],
  "/api/whoami": ["get"],
};
