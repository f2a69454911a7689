import { Fault } from "../../checks.ts";
import { Refusal } from "../../http.ts";
import type { Answer } from "../../http.ts";
import type { OpenComputer } from "../../opencomputer.ts";
import { attempt, bodyOf, members, resend, sentIn } from "../bodies.ts";
import { replaceStep } from "../fault.ts";
import type { ReferenceFaults } from "../fault.ts";

/** What goes wrong when sandboxes are made. */
export const createFaults: ReferenceFaults<OpenComputer> = {
  "null-timeout-is-never": {
    clause: "CreateSandboxRequest.timeout: an integer, 300 where it is left out; never is said by 0 alone",
    does: "takes a timeout of null for 0, so that the sandbox never hibernates",
    change(server) {
      replaceStep(server, "create", (create) => (asked, organisation) => {
        const zero = (sent: object) => ({ ...sent, ...("timeout" in sent ? { timeout: sent.timeout ?? 0 } : {}) });
        return create(resend(asked, zero), organisation);
      });
    },
  },
  "refused-webhook-leaves-one": {
    clause: "CreateSandboxRequest.webhooks: each has to be right, or nothing is created",
    does: "leaves a sandbox running where the second webhook of a create, or a later one, is refused",
    change(server) {
      replaceStep(server, "create", (create) => (asked, organisation) => {
        try {
          return create(asked, organisation);
        } catch (error) {
          const [member, index] = error instanceof Fault ? error.path : [];
          const { webhooks } = sentIn(asked);
          if (member === "webhooks" && typeof index === "number" && index > 0 && Array.isArray(webhooks)) {
            const good: unknown[] = webhooks.slice(0, index);
            attempt(() =>
              create(
                resend(asked, (sent) => ({ ...sent, webhooks: good })),
                organisation,
              ),
            );
          }
          throw error;
        }
      });
    },
  },
  "own-webhook-secret-shown": {
    clause: "Webhook.secret: what deliveries are signed with, where the server drew it",
    does: "answers a create with the secrets of webhooks that the caller chose",
    change(server) {
      replaceStep(server, "create", (create) => (asked, organisation) => {
        const answer = create(asked, organisation);
        const { webhooks } = bodyOf(answer);
        const sent = sentIn(asked)["webhooks"];
        if (!Array.isArray(webhooks) || !Array.isArray(sent)) return answer;
        const shown = webhooks.map((hook, index) => ({ secret: members(sent[index])["secret"], ...members(hook) }));
        return { ...answer, body: { ...bodyOf(answer), webhooks: shown } };
      });
    },
  },
  "streamed-create-is-open": {
    clause: "createSandbox: `previewAuth` and `timeout` hold for every kind of create",
    does: "puts no gate in front of a sandbox whose create was answered as a stream, though it tells a token",
    change(server) {
      replaceStep(server, "create", (create) => (asked, organisation) => {
        const answer = create(asked, organisation);
        const [made] = server.sandboxes;
        const isMade = typeof answer.body === "string" && answer.body.includes("event: result");
        if (isMade && made !== undefined) made.gate = undefined;
        return answer;
      });
    },
  },
  "disk-rounds-to-gb": {
    clause: "CreateSandboxRequest.diskMB: from 20480 to 262144; else 400",
    does: "rounds the disk to whole GB before it looks at the bounds, so that 20479 and 262145 are accepted",
    change(server) {
      replaceStep(server, "create", (create) => (asked, organisation) => {
        const round = (sent: Readonly<Record<string, unknown>>) => {
          const { diskMB } = sent;
          return Number.isInteger(diskMB) ? { ...sent, diskMB: Math.round(Number(diskMB) / 1024) * 1024 } : sent;
        };
        return create(resend(asked, round), organisation);
      });
    },
  },
  "request-id-deduplicates": {
    clause: "createSandbox: repeating the request makes another sandbox; there is no idempotency key",
    does: "answers a create with the sandbox that was made before under the same X-Request-Id",
    change(server) {
      const made = new Map<string, Answer>();
      replaceStep(server, "create", (create) => (asked, organisation) => {
        const id = asked.headers["x-request-id"];
        if (id === undefined) return create(asked, organisation);
        const key = `${organisation} ${String(id)}`;
        const answer = made.get(key) ?? create(asked, organisation);
        made.set(key, answer);
        return answer;
      });
    },
  },
  "quota-tells-sleepers": {
    clause: "QuotaError.active: running sandboxes of the organisation",
    does: "tells with a 429 how many sandboxes are not stopped, those that hibernate among them",
    change(server) {
      replaceStep(server, "checkQuota", (check) => (organisation) => {
        try {
          check(organisation);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          const own = server.sandboxes.filter((each) => each.organisation === organisation);
          const active = own.filter(({ status }) => status !== "stopped").length;
          throw new Refusal(429, { ...bodyOf(error.answer), active }, error.answer.headers);
        }
      });
    },
  },
};
