import type { components } from "../../generated/opencomputer/types.ts";
import type { Answer, Call, Handler, Outcome } from "../kit/exchange.ts";
import { refuse } from "./answers.ts";
import { commandsOf } from "./commands.ts";
import { enter, noteActivity } from "./inside.ts";
import type { OpenComputerParts } from "./parts.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

type Schemas = components["schemas"];

const usualSize = { cols: 80, rows: 24 };

export const createPty: Handler<OpenComputerParts> = async (call, parts) => {
  const entered = await enter(call, parts);
  if ("refusal" in entered) return entered.refusal;
  const { world } = call;
  const { cols = usualSize.cols, rows = usualSize.rows } = call.body as Schemas["CreatePtyRequest"];
  const { id: sandboxID } = entered.value;
  const terminal = openTerminal(world, entered.value, { cols, rows }, () => noteActivity(world, sandboxID, parts));
  commandsOf(world).terminals.set(terminal.id, terminal);
  return { status: 201, json: { sessionID: terminal.id, sandboxID } };
};

async function findTerminal(call: Call, parts: OpenComputerParts): Promise<Outcome<Terminal>> {
  const entered = await enter(call, parts);
  if ("refusal" in entered) return entered;
  const id = call.request.params["ptyId"]!;
  const terminal = commandsOf(call.world).terminals.get(id);
  return terminal?.sandboxId === entered.value.id ? { value: terminal } : { refusal: refuseUnknownPty(id) };
}

function refuseUnknownPty(id: string): Answer {
  const message = "no terminal of this sandbox has that id";
  return refuse(404, `pty session ${id} not found`, { rule: "terminal-unknown", message });
}

export const resizePty: Handler<OpenComputerParts> = async (call, parts) => {
  const found = await findTerminal(call, parts);
  if ("refusal" in found) return found.refusal;
  found.value.resize(call.body as Schemas["ResizePtyRequest"]);
  return { status: 200 };
};

export const deletePty: Handler<OpenComputerParts> = async (call, parts) => {
  const found = await findTerminal(call, parts);
  if ("refusal" in found) return found.refusal;
  found.value.end("closed");
  commandsOf(call.world).terminals.delete(found.value.id);
  return { status: 204 };
};
