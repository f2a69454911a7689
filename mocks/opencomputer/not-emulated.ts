import type { Service } from "../kit/service.ts";

const sandbox = "/api/sandboxes/{id}";
const snapshot = "/api/snapshots/{name}";

/** Operations of the vendor that the mock lacks, as docs/reference/mock-opencomputer.md lists them. */
export const notEmulated: Service<never>["notEmulated"] = {
  [`${snapshot}/patches`]: ["post", "get"],
  [`${snapshot}/patches/{patchId}`]: ["delete"],
  [`${snapshot}/publish`]: ["post"],
  [`${snapshot}/unpublish`]: ["post"],
  [`${sandbox}/limits`]: ["put"],
  [`${sandbox}/token/refresh`]: ["post"],
  [`${sandbox}/logs`]: ["get"],
};
