import { parseJson } from "../../kit/law/exchange.ts";
import type { JsonObject } from "../../kit/law/schema.ts";
import { isObject } from "../../kit/law/schema.ts";
import { shown } from "../../kit/model/compare.ts";
import type { Deviation } from "../../kit/model/contract-model.ts";
import type { ObservedExchange } from "../../kit/model/observed-exchange.ts";
import { createSecretWatch, secretLengthMin } from "../../kit/model/secret-watch.ts";
import { wrong } from "./wrong.ts";

/** The members that may show a preview token, by operation. */
const tellers: Readonly<Record<string, string>> = {
  createSandbox: "previewAuthToken",
  rotatePreviewToken: "previewAuthToken",
};

/** Looks for what no answer shows again: preview tokens, but where they are made, and the notes of a create. */
export function createHidden(): { readonly judge: (exchange: ObservedExchange) => readonly Deviation[] } {
  const tokens = createSecretWatch();
  const notes = createSecretWatch("a note");
  return {
    judge: (exchange) => {
      const { operation, response, path } = exchange;
      const sent = sentIn(exchange);
      tokens.noteSent(sent.besideTokens);
      notes.noteSent(sent.besideNotes);
      if (response === undefined) return [];
      // Behind the gate, what listens there says what it likes.
      if (operation === "preview" && ![401, 404, 410].includes(response.status)) return [];
      const json = isObject(response.json) ? response.json : {};
      const isDone = response.status < 300;
      const token = isDone ? tokenIn(operation, json) : undefined;
      const isKnown = token !== undefined && tokens.knows(token);
      const of = path["id"] ?? shown(json["sandboxID"]);
      if (token !== undefined) tokens.learn(token, of);
      for (const note of isDone ? sent.notes : []) notes.learn(note, of);
      const leak = tokens.find(exchange, token);
      const note = notes.find(exchange);
      return [
        ...(leak === undefined ? [] : [wrong("create/token-hidden", `${operation} shows ${leak}`)]),
        ...(note === undefined ? [] : [wrong("create/notes-hidden", `${operation} shows ${note}`)]),
        ...(isKnown && operation === "rotatePreviewToken"
          ? [wrong("rotate-preview-token/new-each-time", "the rotation answers with a token that was told before")]
          : []),
      ];
    },
  };
}

function tokenIn(operation: string, json: JsonObject): string | undefined {
  const told = json[tellers[operation] ?? ""];
  return typeof told === "string" && told.length >= secretLengthMin ? told : undefined;
}

/** What a request says: where no token belongs, where no note does, and the notes of a create. */
function sentIn({ operation, request }: ObservedExchange) {
  if (operation === "preview") return { besideTokens: "", besideNotes: "", notes: [] };
  const text = `${request.url}\n${request.body ?? ""}`;
  const json = operation === "createSandbox" ? parseJson(request.body ?? "") : undefined;
  if (operation !== "createSandbox") return { besideTokens: text, besideNotes: text, notes: [] };
  if (!isObject(json)) return { besideTokens: "", besideNotes: "", notes: [] };
  const notes = isObject(json["metadata"]) ? Object.values(json["metadata"]) : [];
  return {
    besideTokens: JSON.stringify({ ...json, previewAuth: undefined }),
    besideNotes: JSON.stringify({ ...json, metadata: undefined }),
    notes: notes.filter((note) => typeof note === "string"),
  };
}
