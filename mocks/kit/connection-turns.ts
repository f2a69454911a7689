import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

type Handle = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

/** The requests of each connection, a few at a time. */
export type Turns = {
  /** Hands a request on, as soon as few enough answers are owed on its connection. */
  readonly take: Handle;
  /** The first answer that a connection owes; undefined where it owes none. */
  readonly owed: (socket: Duplex) => ServerResponse | undefined;
};

const atOnceMax = 8; // what wants more is no client that is in a hurry
const waitingMax = 64;

/**
 * Creates the turns of a server's connections. A caller may send many requests and read no answer: handled at once, each would
 * leave an answer of any size in memory. So those behind a few wait until it is their turn to be answered, and a
 * connection is not read while many wait.
 */
export function createTurns(handle: Handle): Turns {
  const lines = new WeakMap<Duplex, ServerResponse[]>();
  const wait = (line: ServerResponse[], incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const isLong = () => withoutWritten(line).length > waitingMax;
    // Later, for Node resumes the connection at the end of each request.
    if (isLong()) setImmediate(() => isLong() && incoming.socket.pause());
    // Node gives an answer the connection when those before it are written.
    outgoing.once("socket", (socket: Socket) => {
      if (socket.isPaused() && !isLong()) socket.resume();
      handle(incoming, outgoing);
    });
  };
  return {
    take: (incoming, outgoing) => {
      let line = lines.get(incoming.socket);
      if (line === undefined) lines.set(incoming.socket, (line = []));
      if (withoutWritten(line).push(outgoing) > atOnceMax) wait(line, incoming, outgoing);
      else handle(incoming, outgoing);
    },
    owed: (socket) => withoutWritten(lines.get(socket) ?? [])[0],
  };
}

function withoutWritten(line: ServerResponse[]): ServerResponse[] {
  while (line[0]?.writableFinished === true) line.shift();
  return line;
}
