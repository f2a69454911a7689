import { hash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { systemSleep } from "../../src/contract/clock.ts";
import type { ExchangeNotes } from "../kit/answered-request.ts";
import { writeAnswer } from "../kit/answer.ts";
import type { Answer } from "../kit/exchange.ts";
import { toResponse } from "../kit/fetch-delivery.ts";
import type { Interceptor } from "../kit/http-listener.ts";
import type { JournalRecord } from "../kit/journal.ts";
import { deliver, send } from "../kit/http-delivery.ts";
import { worldHeader } from "../kit/service.ts";
import { endSocket } from "../kit/taken-socket.ts";
import type { Universe } from "../kit/universe.ts";
import type { World } from "../kit/world.ts";
import type { OpenComputerParts } from "./parts.ts";
import { findListening } from "./commands.ts";
import { serveFile } from "./preview-files.ts";
import { parsePreviewAddress, type PreviewAddress } from "./preview-address.ts";
import { sandboxed } from "./preview-origin.ts";
import { createUpstreamGateway, type RequestHead } from "./preview-upstream.ts";
import { previewRequest, type PreviewRequest } from "./preview-gate.ts";
import { sandboxTable } from "./sandbox.ts";
import { settings } from "./settings.ts";

export type PreviewProxyOptions = {
  readonly universe: Universe;
  readonly partsOf: (world: World) => OpenComputerParts;
  readonly notes: ExchangeNotes;
};

/** A request that the gate let through, and where it goes. */
type AdmittedRequest = {
  readonly preview: PreviewRequest;
  readonly upstream: string | undefined;
  readonly answer: Answer | undefined; // of a program in the sandbox, where there is no upstream
  readonly requestId: string; // of the answer, unless the upstream has its own
};

/**
 * The preview data plane: the gate in front of every port of every sandbox, and what stands behind it. It knows no API
 * key. The world follows from the domain, which each world has of its own, or else from the sandbox.
 */
export function createPreviewProxy({ universe, partsOf, notes }: PreviewProxyOptions): Interceptor {
  const gateway = createUpstreamGateway();
  const pass = async (
    incoming: RequestHead,
    address: PreviewAddress,
  ): Promise<AdmittedRequest | { refusal: Answer }> => {
    const beganAtMs = notes.begin();
    const world = await findWorld(universe, address, incoming.headers[worldHeader] as string | undefined);
    const { sandboxID } = address;
    const noting = world ?? universe.defaultWorld();
    const preview = world && { world, sandboxID, method: incoming.method!, head: incoming };
    const parts = partsOf(noting);
    const refusal =
      preview === undefined ? parts.refuseUnknownPreview(sandboxID) : await parts.passGate(preview, parts);
    const settled = notes.add(noting, describe(noting, incoming, refusal), beganAtMs, refusal?.delivery?.delayMs);
    const requestId = requestIdOf(incoming, noting);
    const unkept = await settled;
    if (unkept !== undefined) return { refusal: unkept };
    if (refusal !== undefined)
      return { refusal: { ...refusal, headers: { ...refusal.headers, [idHeader]: requestId } } };
    const upstream = upstreamOf(world!, address);
    const listening = upstream === undefined ? findListening(world!, sandboxID, address.port) : undefined;
    const { path } = address;
    const answer = listening && (await serveFile(world!, sandboxID, listening, { method: incoming.method!, path }));
    return { preview: preview!, upstream, answer, requestId };
  };
  return {
    takes: (incoming) => parsePreviewAddress(incoming) !== undefined,
    request: (incoming, outgoing) => {
      void serve(incoming, outgoing, parsePreviewAddress(incoming)!).catch(() => outgoing.destroy());
    },
    upgrade: (incoming, socket, head) => {
      void serveUpgrade(incoming, socket, head, parsePreviewAddress(incoming)!).catch(() => socket.destroy());
    },
    fetch: (request) => {
      const requestHead = headOf(request);
      const address = parsePreviewAddress(requestHead);
      if (address === undefined) return undefined;
      return serveHere(request, requestHead, address);
    },
  };

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse, address: PreviewAddress): Promise<void> {
    const admitted = await pass(incoming, address);
    if ("refusal" in admitted) {
      send(sandboxed(writeAnswer(admitted.refusal), address), outgoing);
      return;
    }
    outgoing.setHeader(idHeader, admitted.requestId);
    if (admitted.answer !== undefined) {
      await deliver(sandboxed(writeAnswer(admitted.answer), address), outgoing, systemSleep);
      return;
    }
    await gateway.request(incoming, outgoing, address, admitted.upstream);
  }

  async function serveHere(request: Request, requestHead: RequestHead, address: PreviewAddress): Promise<Response> {
    const admitted = await pass(requestHead, address);
    if ("refusal" in admitted) return toResponse(sandboxed(writeAnswer(admitted.refusal), address), request.method);
    const own = admitted.answer && (await toResponse(sandboxed(writeAnswer(admitted.answer), address), request.method));
    const answer = own ?? (await gateway.fetch(request, requestHead, address, admitted.upstream));
    if (!answer.headers.has(idHeader)) answer.headers.set(idHeader, admitted.requestId);
    return answer;
  }

  async function serveUpgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer, address: PreviewAddress) {
    socket.on("error", () => socket.destroy());
    const admitted = await pass(incoming, address);
    if ("refusal" in admitted) {
      endSocket(socket, writeAnswer(admitted.refusal));
      return;
    }
    const { preview } = admitted;
    noteMessages(socket, preview, () => partsOf(preview.world).keepActive(preview, partsOf(preview.world)));
    await gateway.upgrade(incoming, socket, head, address, admitted.upstream);
  }
}

// A request of the fetch API has its host in the address alone.
function headOf({ method, url, headers }: Request): RequestHead {
  const { host, pathname, search } = new URL(url);
  const named = { host, ...Object.fromEntries(headers) };
  return { method, url: pathname + search, headers: named, rawHeaders: Object.entries(named).flat() };
}

async function findWorld(universe: Universe, address: PreviewAddress, named: string | undefined) {
  if (address.port < 1 || address.port > 65_535) return undefined;
  const byName = universe.find(named ?? address.domain.split(".")[0]!);
  if (byName !== undefined) return (await byName.table(sandboxTable).get(address.sandboxID)) && byName;
  return universe.findHolder(sandboxTable, address.sandboxID);
}

const idHeader = "x-request-id";

// Not drawn from the world's chance: how often a page asks must not change which ids come next.
function requestIdOf({ headers }: RequestHead, { seed, journal }: World): string {
  const sent = headers[idHeader] as string | undefined;
  return sent ?? hash("sha256", `${seed} request ${journal.seen()}`, "hex").slice(0, 32);
}

function upstreamOf(world: World, { sandboxID, port }: PreviewAddress): string | undefined {
  const { previewUpstreams } = settings.of(world);
  return previewUpstreams[`${sandboxID}:${port}`] ?? previewUpstreams[String(port)];
}

const activityStepMs = 1_000;

// Every message of a WebSocket is activity; noting it once a second is enough for a timer of whole seconds.
function noteMessages(socket: Duplex, { world }: PreviewRequest, noteActivity: () => Promise<void>): void {
  let notedAtMs = world.clock.now();
  const noteMessage = () => {
    const nowMs = world.clock.now();
    if (nowMs - notedAtMs < activityStepMs) return;
    notedAtMs = nowMs;
    noteActivity().catch(() => socket.destroy());
  };
  // A listener of data makes it flow, and what flows before it is read is lost: so this waits for the reader.
  socket.once("resume", () => socket.on("data", noteMessage));
}

function describe(world: World, incoming: RequestHead, refusal: Answer | undefined): JournalRecord {
  return {
    atMs: world.clock.now(),
    contract: "opencomputer",
    operation: previewRequest,
    tenantId: "",
    method: incoming.method!,
    url: incoming.url!,
    requestHeaders: incoming.rawHeaders,
    requestBody: "",
    status: refusal?.status ?? 200,
    answerHeaders: {},
    answerBody: "",
    reason: refusal?.reason,
    unread: [],
  };
}
