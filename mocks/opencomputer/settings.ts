import { z } from "zod";
import { ContractError } from "../../src/contract/contract-error.ts";
import { count } from "../kit/record-shape.ts";
import { defineSettings, readCount } from "../kit/setting.ts";
import { type ShellSettings, shellSettings } from "../kit/shell/settings.ts";

/** Settings of OpenComputer in a world. */
export type OpenComputerSettings = ShellSettings & {
  /** Running sandboxes for each OpenComputer organisation; null, the default, for any number. */
  readonly quota: number | null;
  /** The plan of each OpenComputer organisation: `free` has smaller sandboxes, `halted` no credit left. `pro` by default. */
  readonly plan: (typeof plans)[number];
  /** What follows `sb-<id>-p<port>.` in preview host names. `localhost` by default. */
  readonly previewDomain: string;
  /** URLs of what stands behind ports, by `3000`, or by `sb-<id>:3000` for one sandbox. */
  readonly previewUpstreams: Readonly<Record<string, string>>;
  /** Whether upstreams see the token that opened the gate. False by default. */
  readonly previewKeepsToken: boolean;
  /** How long a checkpoint and the build of a snapshot take, in milliseconds. 0 by default. */
  readonly buildMs: number;
  /** URLs to which webhooks of an address go, by its origin: `{ "https://app.example.com": "http://127.0.0.1:9000" }`. */
  readonly webhookTargets: Readonly<Record<string, string>>;
};

const label = "[A-Za-z0-9]+([_-][A-Za-z0-9]+)*";
const hostName = `(${label}\\.)*[A-Za-z][A-Za-z0-9]*([_-][A-Za-z0-9]+)*`;
const byte = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const group = "[0-9a-f]{1,4}";
const address = `(${byte}\\.){3}${byte}|\\[::${group}\\]|\\[(${group}:){1,6}:${group}\\]|\\[(${group}:){7}${group}\\]`;
const port = "(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[0-9]{1,4})";

// Written out, so that the documents for editors and of the control API say the same.
const upstreamUrl = new RegExp(`^https?://(${hostName}|${address})(:${port})?([/?#][!-~]*)?$`);

const upstreams = z.record(
  z.string().regex(/^(sb-[0-9a-z-]+:)?[1-9][0-9]{0,4}$/, 'a port or "sb-<id>:<port>" is due, as the name'),
  z.string().regex(upstreamUrl, "an http or https URL is due, such as http://127.0.0.1:5173"),
);

const webhookTargets = z.record(
  z.string().regex(new RegExp(`^https://${hostName}(:${port})?$`), "an https origin is due, as the name"),
  z.string().regex(upstreamUrl, "an http or https URL is due, such as http://127.0.0.1:9000"),
);

const plans = ["pro", "free", "halted"] as const;

export const settings = defineSettings<OpenComputerSettings>({
  quota: {
    schema: count.nullable().describe("Running sandboxes for each OpenComputer organisation; null for any number."),
    default: null,
    flag: { syntax: "--quota <number>", read: readCount },
  },
  plan: {
    schema: z
      .enum(plans)
      .describe("The plan of each OpenComputer organisation: free has smaller sandboxes, halted no credit left."),
    default: "pro",
  },
  previewDomain: {
    schema: z.string().min(1).describe("What follows sb-<id>-p<port>. in preview host names; localhost by default."),
    default: "localhost",
    flag: { syntax: "--preview-domain <domain>", read: readDomain },
    ofWorld: (usual, worldId) => `${worldId}.${usual}`, // by which a request for a preview finds its world
  },
  previewUpstreams: {
    schema: upstreams.describe(
      "What stands behind preview ports: 3000=http://127.0.0.1:5173, or sb-1f0c9a2e:3000 for one.",
    ),
    default: {},
    flag: { syntax: "--preview <port=url>", read: (text, before = {}) => ({ ...before, ...readUpstream(text) }) },
  },
  previewKeepsToken: {
    schema: z.boolean().describe("Whether upstreams see the token that opened the gate."),
    default: false,
    flag: { syntax: "--preview-keeps-token" },
  },
  buildMs: {
    schema: count.describe("How long a checkpoint and the build of a snapshot take, in milliseconds."),
    default: 0,
  },
  webhookTargets: {
    schema: webhookTargets.describe(
      "Where webhooks go, by the origin of their address; to this machine alone without it.",
    ),
    default: {},
    flag: {
      syntax: "--webhook <origin=url>",
      read: (text, before = {}) => ({ ...before, ...readWebhookTarget(text) }),
    },
  },
  ...shellSettings.table,
});

function readDomain(text: string): string {
  if (/^[\w.:%[\]-]+$/.test(text)) return text;
  throw new ContractError("CONFIG_INVALID", "It is a host name or address alone, such as 127.0.0.1.");
}

function readUpstream(text: string): OpenComputerSettings["previewUpstreams"] {
  const [name = "", ...rest] = text.split("=");
  const upstream = { [name]: rest.join("=") };
  if (Number(name.split(":").at(-1)) <= 65_535 && upstreams.safeParse(upstream).success) return upstream;
  throw new ContractError("CONFIG_INVALID", "It is a port and a URL: 3000=http://127.0.0.1:5173.");
}

function readWebhookTarget(text: string): OpenComputerSettings["webhookTargets"] {
  const [origin = "", ...rest] = text.split("=");
  const target = { [origin]: rest.join("=") };
  if (webhookTargets.safeParse(target).success) return target;
  throw new ContractError(
    "CONFIG_INVALID",
    "It is an origin and a URL: https://app.example.com=http://127.0.0.1:9000.",
  );
}
