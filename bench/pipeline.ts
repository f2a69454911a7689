import { once } from "node:events";
import { connect } from "node:net";

/** A connection on which many requests are sent before their answers are read: it takes a client less time than the server. */
export type Pipeline = {
  /**
   * Sends requests, and gives the bodies of their answers.
   *
   * @param due - the status that each of them is to have
   */
  readonly send: (requests: readonly string[], due: number) => Promise<readonly string[]>;
  readonly close: () => void;
};

/** A request as it is written to a connection. */
export function formatRequest(method: string, path: string, headers: readonly string[], body?: string): string {
  const own = body === undefined ? [] : ["content-type: application/json", `content-length: ${body.length}`];
  return [`${method} ${path} HTTP/1.1`, "host: 127.0.0.1", ...headers, ...own, "", body ?? ""].join("\r\n");
}

/** Connects to a server of this machine whose answers are ASCII, and say how long they are. */
export async function openPipeline(port: number): Promise<Pipeline> {
  const socket = connect(port, "127.0.0.1").setEncoding("latin1");
  await once(socket, "connect");
  let unread = "";
  const next = async (due: number): Promise<string> => {
    for (;;) {
      const headEnd = unread.indexOf("\r\n\r\n");
      const head = unread.slice(0, headEnd);
      const end = headEnd + 4 + Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (headEnd !== -1 && unread.length >= end) {
        const body = unread.slice(headEnd + 4, end);
        unread = unread.slice(end);
        if (!head.startsWith(`HTTP/1.1 ${due}`)) throw new Error(`${due} was due: ${head}\n${body}`);
        return body;
      }
      unread += String((await once(socket, "data"))[0]);
    }
  };
  return {
    send: async (requests, due) => {
      socket.write(requests.join(""));
      const bodies: string[] = [];
      while (bodies.length < requests.length) bodies.push(await next(due));
      return bodies;
    },
    close: () => void socket.destroy(),
  };
}
