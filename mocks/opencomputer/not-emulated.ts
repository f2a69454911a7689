import type { Service } from "../kit/service.ts";

const sandbox = "/api/sandboxes/{id}";

/** Operations of the vendor that the mock lacks, as docs/reference/mock-opencomputer.md lists them. */
export const notEmulated: Service<never>["notEmulated"] = {
  [`${sandbox}/agent`]: ["post", "get"],
  [`${sandbox}/mounts`]: ["post", "get", "delete"],
  [`${sandbox}/migrate`]: ["post"],
  "/api/auth/token": ["post"],
  "/api/capacity/calendar": ["get"],
  "/api/capacity/reservations": ["post", "get"],
  "/api/workers": ["get"],
  "/api/sessions": ["get"],
};
