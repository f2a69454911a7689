import { Fault, Members } from "./checks.ts";
import { Refusal } from "./http.ts";

/** What a create asks for, apart from what is to boot. */
export type Order = {
  readonly templateID: string;
  readonly idleSeconds: number;
  readonly webhooks: readonly { readonly url: string; readonly secret: string | undefined }[];
  /** The token that guards the ports, `auto` for one that the server draws, undefined for no gate. */
  readonly token: string | undefined;
};

const templates = ["base", "python", "node", "default", "ubuntu"];
const tiers = ["1/1024", "1/4096", "2/8192", "4/16384"];
const seconds = { min: 0, max: Number.MAX_SAFE_INTEGER };
const events = [
  ...["created", "ready", "hibernated", "resumed", "stopped", "migrated", "checkpoint.created", "forked", "scaled"],
  ...["preview_url.changed", "*", "checkpoint.*", "preview_url.*"],
].map((event) => `sandbox.${event}`);

/** Reads an idle timeout in seconds; 0 means never. */
export function readTimeout(body: Members): number | undefined {
  return body.whole("timeout", seconds);
}

/** Reads and checks all of a create but its image and snapshot. */
export function readOrder(
  body: Members,
  lenient: boolean,
  lengthOf: (text: string) => number,
  hasStore: (name: string) => boolean,
): Order {
  const templateID = body.text("templateID") || "base";
  const idleSeconds = readTimeout(body) ?? 300;
  checkTier(body, lenient);
  body.whole("diskMB", { min: 20_480, max: 262_144 });
  const store = body.text("secretStore") ?? "";
  if (store !== "" && !hasStore(store)) body.fail("secretStore", `secret store not found: ${store}`);
  if (body.flag("burst") === true && (body.has("image") || body.has("snapshot"))) {
    body.fail("burst", "Burst Sandboxes do not support image or snapshot creates in alpha");
  }
  for (const name of ["envs", "metadata"]) {
    const map = body.object(name);
    for (const key of map?.names() ?? []) if (!lenient) map?.text(key);
  }
  const webhooks = body.list("webhooks", (item, path) => readWebhook(new Members(item, path))) ?? [];
  const token = readPreviewAuth(body.object("previewAuth"), lengthOf);
  if (!templates.includes(templateID)) throw new Refusal(404, { error: `template not found: ${templateID}` });
  return { templateID, idleSeconds, webhooks, token };
}

function checkTier(body: Members, lenient: boolean): void {
  // What Go servers do: 0 is the same as nothing.
  const isSent = (name: string) => body.has(name) && !(lenient && body.raw(name) === 0);
  const cores = isSent("cpuCount") ? body.whole("cpuCount", { min: 1, max: 4 }) : undefined;
  const memory = isSent("memoryMB") ? body.whole("memoryMB", { min: 1024, max: 16_384 }) : undefined;
  const fits = tiers.some((tier) => {
    const [tierCores, tierMemory] = tier.split("/").map(Number);
    return (cores ?? tierCores) === tierCores && (memory ?? tierMemory) === tierMemory;
  });
  if (!fits) body.fail("cpuCount", `cpuCount and memoryMB do not match an allowed tier: ${tiers.join(", ")}`);
}

function readWebhook(webhook: Members): Order["webhooks"][number] {
  const url = webhook.needed("url", webhook.text("url"));
  if (!/^https:\/\/[^\s/?#]+[^\s]*$/i.test(url)) webhook.fail("url", `webhook url must be a valid https URL: "${url}"`);
  for (const event of webhook.texts("eventTypes") ?? []) {
    if (!events.includes(event)) webhook.fail("eventTypes", `invalid webhook event type filter: "${event}"`);
  }
  return { url, secret: webhook.text("secret") || undefined };
}

function readPreviewAuth(auth: Members | undefined, lengthOf: (text: string) => number): string | undefined {
  if (auth === undefined) return undefined;
  const scheme = auth.text("scheme") ?? "bearer";
  if (scheme !== "bearer") auth.fail("scheme", `previewAuth.scheme must be "bearer" (got "${scheme}")`);
  const token = auth.text("token") || "auto";
  if (token !== "auto" && lengthOf(token) < 16) {
    auth.fail("token", 'previewAuth.token must be omitted, "auto", or a string of at least 16 characters');
  }
  return token;
}

/** What a build says of itself. */
export type BuildLine = { readonly step: number; readonly type: string; readonly message: string };

const stepChecks: Readonly<Record<string, (args: Members) => unknown>> = {
  apt_install: (args) => args.needed("packages", args.texts("packages", 1)),
  pip_install: (args) => args.needed("packages", args.texts("packages", 1)),
  run: (args) => args.needed("commands", args.texts("commands", 1)),
  env: (args) => {
    const vars = args.needed("vars", args.object("vars"));
    for (const name of vars.names()) vars.text(name);
  },
  workdir: (args) => args.needed("path", args.text("path", 1)),
  add_file: (args) => {
    args.needed("path", args.text("path", 1));
    args.needed("content", args.text("content"));
    if ((args.text("encoding") ?? "base64") !== "base64") args.fail("encoding", "encoding must be base64");
  },
  add_dir: (args) => {
    args.needed("path", args.text("path", 1));
    const files = args.list("files", (item, path) => new Members(item, path));
    for (const file of args.needed("files", files)) {
      file.needed("relativePath", file.text("relativePath", 1));
      file.needed("content", file.text("content"));
    }
  },
};

/** Goes through the image or the snapshot of a create: what its build says, or a refusal. There are no snapshots. */
export function build(body: Members, nullIsAbsent: boolean): BuildLine[] {
  const snapshot = body.text("snapshot");
  if (snapshot !== undefined) throw new Fault(`snapshot "${snapshot}" not found`, ["snapshot"]);
  const image = body.object("image");
  if (image === undefined) return [];
  const base = image.text("base") || "base";
  if (!templates.includes(base)) throw new Fault(`image build failed: template not found: ${base}`, ["image", "base"]);
  image.text("name");
  image.whole("builderMemoryMB", seconds);
  image.whole("runtimeMemoryMB", seconds);
  const types = image.list("steps", (item, path) => {
    const step = new Members(item, path, nullIsAbsent);
    const type = step.needed("type", step.text("type"));
    const check = Object.hasOwn(stepChecks, type) ? stepChecks[type] : undefined;
    if (check === undefined) return step.fail("type", `image build failed: unknown step type ${type}`);
    check(step.needed("args", step.object("args")));
    return type;
  });
  return (types ?? []).map((type, index) => ({ step: index + 1, type, message: `Step ${index + 1}: ${type}` }));
}
