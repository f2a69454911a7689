import { isObject } from "../kit/law/schema.ts";
import type { Answer, Box, FakeWorld, Seen, Tamper } from "./fake-server.fixture.ts";
import { fakeWebhookSecret } from "./fake-around.fixture.ts";
import { copyNotes } from "./fake-checkpoints.fixture.ts";
import { create, fakeKey, fakeQuota, otherFakeKey, refusal, shownToken, withMembers } from "./fake-server.fixture.ts";
import { createRules } from "./laws/broken-input.ts";
import type { OperationId } from "./operations.ts";
import { operationIds, slugs } from "./operations.ts";
import { lawSecret } from "./scenarios/fork.ts";
import { ownTokens } from "./scenarios/tokens.ts";

type Operation = Seen["operation"];
type Before = Readonly<Partial<Box>>;

/** Changes what the honest server answered, or its sandbox; `before` is the sandbox as it was. */
function on(
  operation: Operation,
  change: (answer: Answer, seen: Seen, world: FakeWorld, before: Before) => Answer,
): Tamper {
  return (seen, honest, world) => {
    if (seen.operation !== operation) return honest(seen);
    const before = { ...seen.box };
    return change(honest(seen), seen, world, before);
  };
}

/** Spoils the sandbox after the honest server has acted, and leaves the answer alone. */
function spoil(operation: Operation, change: (box: Box, before: Before, seen: Seen, answer: Answer) => void): Tamper {
  return on(operation, (answer, seen, _, before) => {
    if (seen.box !== undefined) change(seen.box, before, seen, answer);
    return answer;
  });
}

/** Answers in the honest server's stead, which learns nothing of it; undefined leaves the request to it. */
function instead(operation: Operation, answer: (seen: Seen, world: FakeWorld) => Answer | undefined): Tamper {
  return (seen, honest, world) => (seen.operation === operation ? answer(seen, world) : undefined) ?? honest(seen);
}

/** Spoils what a create has made. */
function made(change: (box: Box, body: Readonly<Record<string, unknown>>) => void): Tamper {
  return on("createSandbox", (answer, { body }, { boxes }) => {
    const box = [...boxes.values()].at(-1);
    if (answer.status === 201 && box !== undefined) change(box, isObject(body) ? body : {});
    return answer;
  });
}

function refuses(when: (body: Readonly<Record<string, unknown>>, seen: Seen) => boolean): Tamper {
  return instead("createSandbox", (seen) =>
    when(isObject(seen.body) ? seen.body : {}, seen) ? refusal(400, "no") : undefined,
  );
}

type PreviewClient = {
  readonly box: Box;
  readonly shown: string | undefined;
  readonly isRight: boolean;
  readonly seen: Seen;
};

/** Answers requests to previews in the gate's stead. */
function atGate(answer: (client: PreviewClient, world: FakeWorld) => number | undefined): Tamper {
  return instead("preview", (seen, world) => {
    if (seen.box === undefined) return undefined;
    const shown = shownToken(seen.headers);
    const isRight = seen.box.token !== undefined && shown === seen.box.token;
    const status = answer({ box: seen.box, shown, isRight, seen }, world);
    if (status === undefined) return undefined;
    return status < 400 ? { status, json: {} } : refusal(status, "no");
  });
}

const acceptsAnyBody: Tamper = (seen, honest) =>
  honest(seen.operation === "createSandbox" ? { ...seen, text: "", body: undefined } : seen);

const sameId = on("createSandbox", (answer) => withMembers(answer, { sandboxID: "sb-same" }));

function running({ boxes, stateOf }: FakeWorld, key: string): number {
  return [...boxes.values()].filter((box) => box.key === key && stateOf(box) === "running").length;
}

function count({ boxes, stateOf }: FakeWorld, key: string, phase: Box["phase"]): number {
  return [...boxes.values()].filter((box) => box.key === key && stateOf(box) === phase).length;
}

const full = { status: 429, json: { error: "full", active: fakeQuota, limit: fakeQuota } };

function extra(world: FakeWorld): Answer {
  const number = Number(world.notes.get("extra") ?? 0) + 1;
  world.notes.set("extra", number);
  return { status: 201, json: { sandboxID: `sb-extra-${number}`, status: "running", region: "use2", workerID: "w-1" } };
}

const text = (value: unknown) => JSON.stringify(value);
const entries = ({ json }: Answer): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(json) ? json.filter(isObject) : [];

let reads = 0;

const quota: Readonly<Record<string, Tamper>> = {
  "create/quota-reached": instead("createSandbox", ({ key }, world) => (running(world, key!) >= 3 ? full : undefined)),
  "create/quota-kept": on("createSandbox", (answer, _, world) => (answer.status === 429 ? extra(world) : answer)),
  "create/quota-shape": on("createSandbox", (answer) => (answer.status === 429 ? refusal(429, "full") : answer)),
  "kill/frees-place": instead("createSandbox", ({ key }, world) =>
    running(world, key!) + count(world, key!, "stopped") >= fakeQuota ? full : undefined,
  ),
  "hibernate/frees-place": instead("createSandbox", ({ key }, world) =>
    running(world, key!) + count(world, key!, "hibernated") >= fakeQuota ? full : undefined,
  ),
  "create/refusal-keeps-no-place": (seen, honest, world) => {
    if (seen.operation !== "createSandbox") return honest(seen);
    const kept = Number(world.notes.get("kept") ?? 0);
    if (running(world, seen.key!) + kept >= fakeQuota) return full;
    const answer = honest(seen);
    if (answer.status === 400) world.notes.set("kept", kept + 1);
    return answer;
  },
  "create/quota-crowd": on("createSandbox", (answer, _, world) => {
    const wasFull = world.notes.get("full") === true;
    world.notes.set("full", answer.status === 429);
    return wasFull && answer.status === 429 ? extra(world) : answer;
  }),
  "create/quota-of-others": instead("createSandbox", ({ key }, world) =>
    key === otherFakeKey && running(world, fakeKey) >= fakeQuota ? full : undefined,
  ),
};

const creates: Readonly<Record<string, Tamper>> = {
  "create/unique-ids": sameId,
  "create/unique-at-once": on("createSandbox", (answer, _, { boxes }) => {
    boxes.clear(); // a box without a name cannot be ended, and would fill the quota
    return withMembers(answer, { sandboxID: "sb-same" });
  }),
  "create/accepts-tiers": refuses(({ memoryMB }) => memoryMB === 8192),
  "create/accepts-envs": refuses(({ envs }) => envs !== undefined),
  "create/accepts-metadata": refuses(({ metadata }) => metadata !== undefined),
  "create/ignores-unknown": refuses((body) => "x-not-in-contract" in body),
  "create/accepts-image": refuses(({ image }) => image !== undefined),
  "create/accepts-burst": refuses(({ burst }) => burst === true),
  "create/gate-with-image": made((box, { image }) => void (image !== undefined && (box.token = undefined))),
  "create/accepts-no-body": refuses((_, seen) => seen.text === ""),
  "create/accepts-own-token": refuses(({ previewAuth }) => text(previewAuth)?.includes(ownTokens.plain) === true),
  "create/accepts-wide-token": refuses(({ previewAuth }) => text(previewAuth)?.includes(ownTokens.wide) === true),
  "create/accepts-long-token": refuses(({ previewAuth }) => (text(previewAuth)?.length ?? 0) > 200),
  "create/malformed-json": acceptsAnyBody,
  "create/token-of-fifteen": acceptsAnyBody,
  "create/broken-preview-auth": acceptsAnyBody,
  "create/broken-boundary": acceptsAnyBody,
  "create/null-member": acceptsAnyBody,
  "create/zero-size": acceptsAnyBody,
  "create/undeclared-json": acceptsAnyBody,
  "create/unknown-names": acceptsAnyBody,
  "create/preview-auth-first": leavesBehind((body) => body.includes("hmac")),
  "create/refusal-creates-nothing": leavesBehind((body) => body.includes("65536")),
  "create/error-shape": withMessage("createSandbox"),
  "create/token-told": on("createSandbox", (answer) => withMembers(answer, { previewAuthToken: undefined })),
  "create/token-generated": on("createSandbox", (answer) =>
    withMembers(answer, { previewAuthToken: "short-token-12345" }),
  ),
  "create/no-token-unasked": on("createSandbox", (answer) =>
    withMembers(answer, { previewAuthToken: "surprise-surprise" }),
  ),
  "create/own-token-told": on("createSandbox", (answer) =>
    withMembers(answer, { previewAuthToken: "not-what-was-sent" }),
  ),
  "create/token-hidden": on("getSandbox", (answer, { box }) => withMembers(answer, { previewAuthToken: box?.token })),
  "create/own-token-works": atGate(({ box, isRight }) => (isRight && box.token === ownTokens.plain ? 401 : undefined)),
  "create/own-token-beyond-ascii": atGate(({ box, isRight }) =>
    isRight && box.token === ownTokens.wide ? 401 : undefined,
  ),
  "create/own-token-guards": atGate(({ box, shown = "", isRight }) =>
    shown.length > 9 && !isRight && box.token?.startsWith(shown) === true ? 200 : undefined,
  ),
  "create/own-token-presentable": (seen, honest) => {
    const odd = seen.operation === "createSandbox" && / begins|blank |\\n/.test(seen.text);
    return honest(odd ? { ...seen, body: { timeout: 60 } } : seen);
  },
};

/** Refuses, and leaves a sandbox behind all the same. */
function leavesBehind(when: (body: string) => boolean): Tamper {
  return (seen, honest) => {
    const answer = honest(seen);
    if (seen.operation !== "createSandbox" || answer.status !== 400 || !when(seen.text)) return answer;
    honest({ ...seen, text: "", body: undefined });
    return answer;
  };
}

function withMessage(operation: Operation): Tamper {
  return on(operation, (answer, { box }) => {
    const isRefusal = answer.status >= 400 && answer.status !== 401;
    return isRefusal && (box !== undefined || operation === "createSandbox")
      ? { ...answer, json: { message: "no" } }
      : answer;
  });
}

const lives: Readonly<Record<string, Tamper>> = {
  "get/read-back": on("getSandbox", (answer) => withMembers(answer, { sandboxID: "sb-other" })),
  "get/unknown-id": on("getSandbox", (answer) => (answer.status === 404 ? { status: 200, json: {} } : answer)),
  "get/started-at-fixed": on("getSandbox", (answer) => withMembers(answer, { startedAt: `${(reads += 1)}` })),
  "get/started-at-now": on("getSandbox", (answer) => withMembers(answer, { startedAt: "2026-03-01T13:00:00Z" })),
  "get/started-at-kept": on("getSandbox", (answer, { box }) =>
    box?.phase === "hibernated" ? withMembers(answer, { startedAt: "2026-03-01T12:00:07Z" }) : answer,
  ),
  "get/agrees-with-create": on("getSandbox", (answer) => withMembers(answer, { region: "elsewhere" })),
  "get/shows-tags": on("getSandbox", (answer) => withMembers(answer, { tags: {} })),
  "list/agrees-with-get": on("listSandboxes", (answer) => ({
    ...answer,
    json: entries(answer).map((entry) => ({ ...entry, tags: {} })),
  })),
  "list/read-back": on("listSandboxes", () => ({ status: 200, json: [] })),
  "list/newest-first": on("listSandboxes", (answer) => ({
    ...answer,
    json: entries(answer).map((entry, index) => ({ ...entry, startedAt: `2026-03-01T12:00:0${index}Z` })),
  })),
  "list/running-only": on("listSandboxes", (answer, _, { boxes }) => ({
    ...answer,
    json: [...boxes.values()].filter(({ phase }) => phase === "hibernated").map(({ id }) => ({ sandboxID: id })),
  })),
  "hibernate/hibernates": instead("hibernateSandbox", ({ id }) => ({
    status: 200,
    json: { sandboxID: id, status: "hibernated" },
  })),
  "hibernate/sleeps-on": spoil("setSandboxTimeout", (box) => {
    if (box.phase === "hibernated") box.phase = "running";
  }),
  "wake/runs-again": instead("wakeSandbox", ({ id }) => ({ status: 200, json: { sandboxID: id, status: "running" } })),
  "wake/refusal-changes-nothing": spoil("wakeSandbox", (box, _, __, { status }) => {
    if (status === 404) box.phase = "hibernated";
  }),
  "kill/stops": instead("killSandbox", () => ({ status: 204 })),
  "kill/spares-others": on("killSandbox", (answer, _, { boxes }) => {
    for (const box of boxes.values()) box.phase = "stopped";
    return answer;
  }),
  "kill/final": spoil("hibernateSandbox", (box) => {
    if (box.phase === "stopped") box.phase = "running";
  }),
  "kill/reads-stopped": on("getSandbox", (answer, { box }) =>
    box?.phase === "stopped" ? withMembers(answer, { status: "error" }) : answer,
  ),
  "kill/hibernated": instead("killSandbox", ({ box }) => (box?.phase === "hibernated" ? { status: 204 } : undefined)),
  "kill/races-hibernate": spoil("hibernateSandbox", (box) => {
    if (box.phase === "stopped") box.phase = "running";
  }),
  "hibernate/races-kill": instead("hibernateSandbox", ({ box }) =>
    box?.phase === "stopped" ? refusal(500, "no") : undefined,
  ),
  "sequence/tour": instead("hibernateSandbox", ({ box }) =>
    box?.phase === "hibernated" ? refusal(500, "no") : undefined,
  ),
  "sequence/random": failsAt("setSandboxTimeout", "hibernateSandbox", "replaceSandboxTags", "rotatePreviewToken"),
  "sequence/timeout-kept": spoil("rotatePreviewToken", (box) => void (box.timeout = 0)),
  "sequence/linearizable": failsAt("setSandboxTimeout", "hibernateSandbox", "replaceSandboxTags", "rotatePreviewToken"),
};

function failsAt(...operations: readonly Operation[]): Tamper {
  return (seen, honest) => (operations.includes(seen.operation) ? refusal(500, "no") : honest(seen));
}

const tags: Readonly<Record<string, Tamper>> = {
  "get-tags/none-at-first": on("getSandboxTags", (answer) =>
    withMembers(answer, { tagsLastUpdatedAt: "2026-01-01T00:00:00Z" }),
  ),
  "get-tags/read-back": on("getSandboxTags", (answer) => withMembers(answer, { tags: {} })),
  "get-tags/kept-over-hibernation": spoil("hibernateSandbox", (box) => void (box.tags = {})),
  "replace-tags/answers-new": on("replaceSandboxTags", (answer) => withMembers(answer, { tagsLastUpdatedAt: null })),
  "replace-tags/replaces-all": spoil("replaceSandboxTags", (box, before) => {
    box.tags = { ...(before.tags as object), ...(box.tags as object) };
  }),
  "replace-tags/any-state": spoil("replaceSandboxTags", (box, before) => {
    if (box.phase === "hibernated") box.tags = before.tags;
  }),
  "replace-tags/clears": spoil("replaceSandboxTags", (box, before) => {
    if (text(box.tags) === "{}") box.tags = before.tags;
  }),
  "replace-tags/accepts-limits": instead("replaceSandboxTags", ({ body }) =>
    isObject(body) && Object.keys(body).length === 50 ? refusal(400, "no") : undefined,
  ),
  "replace-tags/broken-limits": (seen, honest) =>
    honest(seen.operation === "replaceSandboxTags" ? { ...seen, text: "" } : seen),
  "replace-tags/refusal-changes-nothing": spoil("replaceSandboxTags", (box, _, __, { status }) => {
    if (status === 400) box.tags = {};
  }),
};

const previews: Readonly<Record<string, Tamper>> = {
  "create-preview/record": on("createPreview", (answer) => withMembers(answer, { hostname: "other.fake.test" })),
  "create-preview/same-port": on("createPreview", (answer) =>
    answer.status === 200 ? { ...answer, status: 409 } : answer,
  ),
  "create-preview/accepts-limits": instead("createPreview", ({ body }) =>
    isObject(body) && body["port"] === 65_535 ? refusal(400, "no") : undefined,
  ),
  "create-preview/auth-config-kept": spoil("createPreview", (box) => void box.configs.set(8443, {})),
  "create-preview/foreign-domain": instead("createPreview", ({ body }) =>
    isObject(body) && "domain" in body ? { status: 201, json: {} } : undefined,
  ),
  "create-preview/broken-port": instead("createPreview", () => ({ status: 201, json: {} })),
  "create-preview/refusal-lists-nothing": spoil("createPreview", (box, _, __, { status }) => {
    if (status === 400) box.ports = [9];
  }),
  "list-previews/empty": on("listPreviews", (answer) =>
    text(answer.json) === "[]" ? { ...answer, json: null } : answer,
  ),
  "list-previews/read-back": on("listPreviews", (answer) =>
    answer.status === 200 ? { ...answer, json: [...entries(answer)].reverse() } : answer,
  ),
  "list-previews/kept-over-hibernation": spoil("hibernateSandbox", (box) => void (box.ports = [])),
  "kill/drops-previews": spoil("killSandbox", (box, before) => void (box.ports = before.ports ?? [])),
  "delete-preview/unlists": instead("deletePreview", () => ({ status: 204 })),
  "delete-preview/unlisted-port": on("deletePreview", (answer) => (answer.status === 404 ? { status: 204 } : answer)),
  "delete-preview/broken-port": instead("deletePreview", ({ port }) =>
    port === "80abc" ? { status: 204 } : undefined,
  ),
  "delete-preview/exact-port": spoil("deletePreview", (box, _, { port }) => {
    box.ports = box.ports.filter((listed) => listed !== Number.parseInt(port, 10));
  }),
  "set-timeout/accepts-limits": instead("setSandboxTimeout", ({ body }) =>
    isObject(body) && body["timeout"] === 0 ? refusal(400, "no") : undefined,
  ),
  "set-timeout/broken-timeout": instead("setSandboxTimeout", () => ({ status: 204 })),
  "wake/broken-body": instead("wakeSandbox", ({ id }) => ({ status: 200, json: { sandboxID: id, status: "running" } })),
  "wake/refusal-wakes-nothing": spoil("wakeSandbox", (box, _, __, { status }) => {
    if (status === 400) box.phase = "running";
  }),
};

const gate: Readonly<Record<string, Tamper>> = {
  "preview/token-missing": atGate(({ shown }) => (shown === undefined ? 200 : undefined)),
  "preview/challenge": on("preview", ({ status, json }) => ({ status, json })),
  "preview/token-wrong": atGate(({ shown, isRight }) => (shown !== undefined && !isRight ? 200 : undefined)),
  "preview/refusal-shape": on("preview", (answer) => (answer.status === 401 ? { status: 401, json: "no" } : answer)),
  "preview/token-own-header": atGate(({ seen, isRight }) =>
    isRight && seen.headers.has("x-oc-preview-token") ? 401 : undefined,
  ),
  "preview/token-bearer": atGate(({ seen, isRight }) =>
    isRight && seen.headers.has("authorization") ? 401 : undefined,
  ),
  "preview/scheme-case": atGate(({ seen }) =>
    seen.headers.get("authorization")?.startsWith("bearer ") === true ? 401 : undefined,
  ),
  "preview/token-near-miss": atGate(({ box, shown, isRight }) =>
    !isRight && shown?.startsWith(box.token ?? "?") === true ? 200 : undefined,
  ),
  "preview/token-elsewhere": atGate(({ box, seen }) => (seen.url.search.includes(box.token ?? "?") ? 200 : undefined)),
  "preview/header-precedence": atGate(({ box, seen }) =>
    seen.headers.get("authorization") === `Bearer ${box.token ?? "?"}` ? 200 : undefined,
  ),
  "preview/header-blank": atGate(({ seen }) => (seen.headers.get("x-oc-preview-token") === "" ? 401 : undefined)),
  "preview/both-wrong": atGate(({ seen }) =>
    seen.headers.has("x-oc-preview-token") && seen.headers.has("authorization") ? 200 : undefined,
  ),
  "preview/every-method": atGate(({ seen }) => (seen.method === "OPTIONS" ? 200 : undefined)),
  "preview/every-method-opens": atGate(({ seen }) => (seen.method === "PUT" ? 401 : undefined)),
  "preview/every-port": atGate(({ seen, shown }) => (seen.port === "8080" && shown === undefined ? 200 : undefined)),
  "preview/one-token-for-all-ports": atGate(({ seen }) => (seen.port === "8080" ? 401 : undefined)),
  "preview/every-path": atGate(({ seen }) => (seen.url.pathname === "/health" ? 200 : undefined)),
  "preview/strangers-wake-nothing": spoil("preview", (box, _, __, { status }) => {
    if (status === 401 && box.phase === "hibernated") box.phase = "running";
  }),
  "preview/asleep-gated": atGate(({ box, isRight }) => (box.phase === "hibernated" && !isRight ? 200 : undefined)),
  "preview/token-wakes": atGate(({ box }) => (box.phase === "hibernated" && box.token !== undefined ? 401 : undefined)),
  "preview/token-survives-wake": spoil("wakeSandbox", (box) => void (box.token = "another-one-altogether")),
  "preview/killed-serves-nothing": atGate(({ box, isRight }) => (box.phase === "stopped" && isRight ? 200 : undefined)),
  "preview/killed-is-gone": atGate(({ box, isRight }) => (box.phase === "stopped" && isRight ? 404 : undefined)),
  "preview/open": atGate(({ box }) => (box.token === undefined ? 401 : undefined)),
  "rotate-preview-token/turns-gate-on": spoil("rotatePreviewToken", (box, before) => {
    if (before.token === undefined) box.token = undefined;
  }),
  "rotate-preview-token/old-token-dies": remembersTokens(1),
  "rotate-preview-token/one-survives": remembersTokens(4),
  "rotate-preview-token/new-token-works": spoil("rotatePreviewToken", (box, before) => void (box.token = before.token)),
  "rotate-preview-token/asleep": spoil("rotatePreviewToken", (box) => {
    if (box.phase === "hibernated") box.phase = "running";
  }),
  "rotate-preview-token/new-each-time": on("rotatePreviewToken", (answer) =>
    withMembers(answer, { previewAuthToken: "the-same-token-every-time" }),
  ),
  "rotate-preview-token/answers-token": on("rotatePreviewToken", (answer) =>
    withMembers(answer, { previewAuthToken: "short" }),
  ),
};

/** Still takes the token of before, from the rotation with this number on. */
function remembersTokens(from: number): Tamper {
  const rotating = spoil("rotatePreviewToken", () => undefined);
  return (seen, honest, world) => {
    const { box } = seen;
    if (seen.operation === "rotatePreviewToken" && box !== undefined) {
      const count = Number(world.notes.get(`count ${box.id}`) ?? 0) + 1;
      world.notes.set(`count ${box.id}`, count).set(`old ${box.id}`, box.token);
    }
    const isOld = box !== undefined && shownToken(seen.headers) === world.notes.get(`old ${box.id}`);
    const isOn = box !== undefined && Number(world.notes.get(`count ${box.id}`) ?? 0) >= from;
    if (seen.operation === "preview" && isOld && isOn) return { status: 200, json: {} };
    return rotating(seen, honest, world);
  };
}

const times: Readonly<Record<string, Tamper>> = {
  "create/timeout-fires": made((box) => void (box.timeout = 0)),
  "create/timeout-not-early": made((box) => void (box.timeout /= 1000)),
  "create/timeout-hibernates": (seen, honest, world) => {
    const answer = honest(seen);
    const { box } = seen;
    const isOver = box?.phase === "hibernated" && world.clock.now() > box.activeAtMs + 1_000;
    return seen.operation === "getSandbox" && isOver ? withMembers(answer, { status: "stopped" }) : answer;
  },
  "create/timeout-never": made((box, { timeout }) => {
    if (timeout === 0) box.timeout = 1;
  }),
  "create/timeout-default": made((box, { timeout }) => {
    if (timeout === undefined) box.timeout = 0;
  }),
  "set-timeout/restarts": spoil("setSandboxTimeout", (box, { activeAtMs }) => void (box.activeAtMs = activeAtMs!)),
  "set-timeout/replaces": spoil("setSandboxTimeout", (box, { timeout }) => void (box.timeout = timeout!)),
  "set-timeout/never": spoil("setSandboxTimeout", (box, { timeout }) => void (box.timeout = timeout!)),
  "set-timeout/asleep": spoil("setSandboxTimeout", (box, { timeout }) => void (box.timeout = timeout!)),
  "get/no-activity": on("getSandbox", (answer, { box }, { clock }) => {
    if (box?.phase === "running") box.activeAtMs = clock.now();
    return answer;
  }),
  "preview/activity": spoil("preview", (box, { activeAtMs }) => void (box.activeAtMs = activeAtMs!)),
  "preview/refused-no-activity": on("preview", (answer, { box }, { clock }) => {
    if (answer.status === 401 && box !== undefined) box.activeAtMs = clock.now();
    return answer;
  }),
  "wake/timeout-kept": spoil("wakeSandbox", (box) => void (box.timeout = 0)),
  "wake/timeout-replaced": spoil("wakeSandbox", (box, { timeout }) => void (box.timeout = timeout!)),
  "wake/after-timeout": instead("wakeSandbox", () => refusal(404, "no active hibernation found")),
  "kill/stays-dead": (seen, honest, world) => {
    if (seen.operation === "killSandbox") world.notes.set(seen.id, world.clock.now());
    const isBack = world.clock.now() - Number(world.notes.get(seen.id) ?? Infinity) >= 2_000;
    const answer = honest(seen);
    return seen.operation === "getSandbox" && isBack ? withMembers(answer, { status: "running" }) : answer;
  },
};

const tenants: Readonly<Record<string, Tamper>> = {
  "get/foreign-untouched": (seen, honest) => {
    const isForeign = seen.operation === "replaceSandboxTags" && seen.key === otherFakeKey;
    if (isForeign && seen.box !== undefined) seen.box.tags = seen.body;
    return honest(seen);
  },
  "list/foreign": on("listSandboxes", (answer, _, { boxes }) => ({
    ...answer,
    json: [...boxes.values()].map(({ id }) => ({ sandboxID: id })),
  })),
};

function ofOperation(operation: OperationId): readonly (readonly [string, Tamper])[] {
  const slug = slugs[operation];
  const takes =
    (wrong: (seen: Seen) => boolean): Tamper =>
    (seen, honest) =>
      honest(seen.operation === operation && wrong(seen) ? { ...seen, key: fakeKey } : seen);
  const inState = (state: string) =>
    on(operation, (answer, _, __, before) => (before.phase === state ? { ...answer, status: 418 } : answer));
  return [
    [`${slug}/credentials-none`, takes(({ key }) => key === undefined)],
    [`${slug}/credentials-empty`, takes(({ key }) => key === "")],
    [`${slug}/credentials-unknown`, takes(({ key }) => key?.startsWith("unknown-") === true)],
    [`${slug}/credentials-near-miss`, takes(({ key }) => key?.toLowerCase() === fakeKey.toLowerCase())],
    [`${slug}/credentials-query`, takes(({ url }) => url.searchParams.has("api_key"))],
    [`${slug}/credentials-first`, on(operation, (answer) => (answer.status === 401 ? refusal(400, "no") : answer))],
    [`${slug}/refusal-shape`, on(operation, (answer) => (answer.status === 401 ? { status: 401, json: {} } : answer))],
    [`${slug}/answer-shape`, on(operation, (answer) => (answer.status < 300 ? { ...answer, status: 299 } : answer))],
    [`${slug}/error-shape`, withMessage(operation)],
    [`${slug}/unknown-id`, on(operation, (answer, { box }) => (box === undefined ? refusal(410, "no") : answer))],
    [
      `${slug}/foreign`,
      on(operation, (answer, { box, key }) =>
        box !== undefined && key === otherFakeKey ? refusal(403, "no") : answer,
      ),
    ],
    [`${slug}/when-running`, inState("running")],
    [`${slug}/when-hibernated`, inState("hibernated")],
    [`${slug}/when-stopped`, inState("stopped")],
  ];
}

const named = { ...quota, ...creates, ...lives, ...tags, ...previews, ...gate, ...times, ...tenants };

/** One misbehaviour for each law, that breaks it, by the law's id. */
/** Commands and files. */
const inside: Readonly<Record<string, Tamper>> = {
  "run-command/streams-apart": on("runCommand", (answer) => withMembers(answer, { stdout: "outerr", stderr: "" })),
  "run-command/exit-code": on("runCommand", (answer) => withMembers(answer, { exitCode: 0 })),
  "run-command/foreign": instead("runCommand", ({ key }) =>
    key === otherFakeKey ? { status: 200, json: { exitCode: 0, stdout: "out", stderr: "" } } : undefined,
  ),
  "write-file/read-back": on("readFile", ({ json, ...answer }) => ({
    ...answer,
    json: String(json).trimEnd().slice(1),
  })),
  "read-file/kept-until-kill": (seen, honest, { notes }) => {
    if (seen.operation === "hibernateSandbox") for (const name of [...notes.keys()]) notes.delete(name);
    return honest(seen);
  },
  "read-file/foreign": instead("readFile", ({ key }) =>
    key === otherFakeKey ? { status: 200, json: "another's" } : undefined,
  ),
  "restore-checkpoint/files-back": instead("restoreCheckpoint", ({ id, port }) => ({
    status: 200,
    json: { sandboxId: id, checkpointId: port, status: "restoring" },
  })),
  "list-checkpoints/foreign": asOwn("listCheckpoints"),
  "download-url/opens-file": instead("downloadFile", () => refusal(403, "no")),
  "download-url/opens-no-more": instead("uploadFile", () => ({ status: 204 })),
  "download-url/expires": on("downloadFile", (answer) =>
    (answer.json as { readonly error?: string }).error === "signed URL expired" ? { status: 200, json: "" } : answer,
  ),
  "download-url/foreign": asOwn("createDownloadUrl"),
  "scale/locked": instead("scaleSandbox", ({ id }) => ({
    status: 200,
    json: { sandboxID: id, memoryMB: 4096, cpuPercent: 100 },
  })),
  "fork-checkpoint/files-apart": on("forkCheckpoint", (answer, { url }, world) => {
    const { sandboxID = "" } = answer.json as { readonly sandboxID?: string };
    copyNotes(
      world,
      url.pathname
        .split("/")
        .at(-1)!
        .replace(/-kept$/, ""),
      sandboxID,
    );
    return answer;
  }),
  "fork-checkpoint/foreign": instead("forkCheckpoint", (seen, world) =>
    seen.key === otherFakeKey ? create(seen, world) : undefined,
  ),
  "set-secret/value-hidden": on("listSecrets", (answer) => ({ ...answer, json: [{ value: lawSecret.value }] })),
  "get-secret-store/foreign": asOwn("getSecretStore"),
  "redeliver-webhook/same-id": on("listWebhookDeliveries", (answer) =>
    withMembers(answer, { data: [{ id: "msg_2" }] }),
  ),
  "get-webhook/secret-hidden": on("getWebhook", (answer) => withMembers(answer, { secret: fakeWebhookSecret })),
  "get-webhook/foreign": asOwn("getWebhookSecret"),
};

/** Does for everyone what it does for the first organisation. */
function asOwn(operation: Operation): Tamper {
  return (seen, honest) => honest(seen.operation === operation ? { ...seen, key: fakeKey } : seen);
}

export const breakers: Readonly<Record<string, Tamper>> = {
  ...Object.fromEntries(createRules.map(({ id }) => [id, acceptsAnyBody])),
  ...prefixed(operationIds.flatMap(ofOperation)),
  ...prefixed(Object.entries(named)),
  ...prefixed(Object.entries(inside)),
};

function prefixed(tampers: readonly (readonly [string, Tamper])[]): Readonly<Record<string, Tamper>> {
  return Object.fromEntries(tampers.map(([id, tamper]) => [`opencomputer/${id}`, tamper]));
}
