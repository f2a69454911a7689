import type { Service } from "../kit/service.ts";

/** Operations of the vendor that the mock lacks, as docs/reference/mock-recoup.md lists them. */
export const notEmulated: Service<never>["notEmulated"] = {
  "/api/sandbox": ["post"],
  "/api/sandbox/status": ["get"],
  "/api/sandbox/reconnect": ["get"],
  "/api/sandboxes/staged-file": ["post"],
  "/api/agents/signup": ["post"],
  "/api/agents/verify": ["post"],
};
