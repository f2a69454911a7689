import type { JsonObject } from "../../kit/law/schema.ts";
import { createWith } from "../attempt.ts";
import { kill } from "../calls.ts";
import { defineScenario } from "../../kit/law/families/scenario.ts";
import { createPreviewClient } from "../preview-client.ts";

/** Steps of every kind that need nothing from the network, and take no time worth the name. */
const steps: readonly JsonObject[] = [
  { type: "run", args: { commands: ["true", "mkdir -p /opt/sandglass"] } },
  { type: "env", args: { vars: { FROM_IMAGE: "yes", EMPTY: "" } } },
  { type: "workdir", args: { path: "/opt/sandglass" } },
  { type: "add_file", args: { path: "/opt/sandglass/é.txt", content: "Z3LDvMOfZQ==", encoding: "base64" } },
  { type: "add_dir", args: { path: "/opt/sandglass/d", files: [{ relativePath: "a.txt", content: "a" }] } },
];

/** An image, with every member that may stand beside it. */
const imageBody: JsonObject = {
  image: { base: "base", steps },
  ...{ templateID: "base", timeout: 120, cpuCount: 1, memoryMB: 4096, diskMB: 20_480, burst: false },
  ...{ envs: { FROM_CREATE: "1" }, metadata: { owner: "ci" }, previewAuth: {} },
};

/** A sandbox from an image, as short as its life can be. */
export const built = defineScenario({
  name: "built",
  creates: 1,
  keeps: "play",
  play: async (run) => {
    const { id, attempt, exchange } = await createWith(run, imageBody, { timeout: 60 });
    const withoutToken = await createPreviewClient(run, id).send({});
    await kill(run, id);
    return { attempt, created: exchange, withoutToken };
  },
});
