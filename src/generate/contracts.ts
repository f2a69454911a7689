import { join } from "node:path";
import type { GenerateOptions } from "./generate.ts";

/** One of our own contracts: its folder name in `specs/` and `generated/`, and its documents there. */
export type OwnContract = {
  readonly name: string;
  readonly spec: string;
  readonly overlays: readonly string[];
  /** Whether it is the mock's own, and no vendor's. Default: no. */
  readonly isOurs?: boolean;
};

export const contracts: readonly OwnContract[] = [
  {
    name: "recoup",
    spec: "specs/recoup/openapi.yaml",
    overlays: ["specs/recoup/overlay.yaml", "specs/recoup/companion.yaml"],
  },
  {
    name: "opencomputer",
    spec: "specs/opencomputer/openapi.yaml",
    overlays: [
      "specs/opencomputer/data-plane.yaml",
      "specs/opencomputer/checkpoints.yaml",
      "specs/opencomputer/webhooks.yaml",
      "specs/opencomputer/machines.yaml",
      "specs/opencomputer/terminals.yaml",
      "specs/opencomputer/usage.yaml",
    ],
  },
  // The mock's own control API, held to the same pipeline.
  {
    name: "control",
    spec: "specs/control/openapi.yaml",
    overlays: ["generated/control/schemas.overlay.json"],
    isOurs: true,
  },
];

/** How a contract's code is generated for this repository, in which TypeScript runs unbuilt. */
export function contractOptions({ spec, overlays }: OwnContract, root: string): GenerateOptions {
  return {
    specPath: join(root, spec),
    overlayPaths: overlays.map((overlay) => join(root, overlay)),
    strictOverlays: true,
    origin: { source: spec, overlays },
    strict: true,
    client: false, // those of `src/client/` are made by hand
    typesFrom: "./types.ts",
    operationTypeFrom: "../../src/contract/operation.ts",
  };
}
