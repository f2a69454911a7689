import type { Fires } from "../../kit/fault.ts";
import { decideOnce, type Shows } from "../../kit/faults/alter-parts.ts";
import type { OpenComputerParts } from "../parts.ts";
import { previewRequest } from "../preview-gate.ts";

/** Lets the gate work with other parts, made anew for each request to a preview. */
export function alterPreviewRequests(
  parts: OpenComputerParts,
  fires: Fires,
  alter: (parts: OpenComputerParts, shows: Shows) => OpenComputerParts,
): OpenComputerParts {
  return {
    ...parts,
    passGate: (request, whole) => parts.passGate(request, alter(whole, decideOnce(fires, previewRequest))),
  };
}
