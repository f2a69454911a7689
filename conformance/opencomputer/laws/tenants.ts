import type { Breach } from "../../kit/law/case.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { needs, needsSuccess } from "../../kit/law/precondition.ts";
import { answered, entriesOf, listedIds, membersOf, stateIn } from "../readings.ts";
import { strangersOperations, tenants } from "../scenarios/tenants.ts";
import type { Asked } from "../scenarios/tenants.ts";
import type { ScenarioLawHead } from "../../kit/law/families/scenario.ts";
import { scenarioLaw } from "../../kit/law/families/scenario.ts";
import type { OperationId } from "../operations.ts";
import { pointer, slugs } from "../operations.ts";

type Recorded = Awaited<ReturnType<typeof tenants.play>>;

/** A law about two organisations. All of them guard a tenant's sandboxes, so all are MUST. */
function tenantLaw({
  judge,
  ...head
}: Omit<ScenarioLawHead, "requirement" | "needs"> & { readonly judge: (record: Recorded) => Breach | undefined }): Law {
  return scenarioLaw({ ...head, requirement: "MUST", needs: ["memory", "second-key"], scenario: tenants, judge });
}

/** What one organisation learns of another's sandboxes, and can do to them: nothing. */
export const tenantLaws: readonly Law[] = [
  ...strangersOperations.map((operation) =>
    tenantLaw({
      id: `opencomputer/${slugs[operation]}/foreign`,
      statement: `answer ${operation} on another organisation's sandbox as on one that never was`,
      source: pointer(operation, "responses", "404"),
      operations: [operation],
      judge: (record) => judgeForeign(operation, record),
    }),
  ),
  tenantLaw({
    id: "opencomputer/get/foreign-untouched",
    statement: "leave a sandbox as it was whatever another organisation asks of it",
    source: "#/info/description",
    operations: ["getSandbox", "getSandboxTags", "listPreviews"],
    judge: ({ earlyLeft, before, after }) => {
      needsSuccess(before.got);
      if (stateIn(earlyLeft.got) !== "running") {
        return { reason: `it ran, and after a stranger's requests ${readAs(earlyLeft.got)}`, exchange: earlyLeft.got };
      }
      return (
        difference("the sandbox", membersOf(before.got), membersOf(after.got), after.got) ??
        difference("its tags", membersOf(before.tags)["tags"], membersOf(after.tags)["tags"], after.tags) ??
        difference("its ports", portsIn(before.ports), portsIn(after.ports), after.ports) ??
        difference("its ports", [], portsIn(earlyLeft.ports), earlyLeft.ports)
      );
    },
  }),
  tenantLaw({
    id: "opencomputer/list/foreign",
    statement: "list no sandbox of another organisation",
    source: pointer("listSandboxes", "responses", "200"),
    operations: ["listSandboxes"],
    judge: ({ id, theirs, lists: { own, other } }) => {
      needs(isSuccess(own) && isSuccess(other), "two lists");
      if (listedIds(own).includes(theirs)) return { reason: `the list holds ${theirs}, another's`, exchange: own };
      return listedIds(other).includes(id) ? { reason: `another's list holds ${id}`, exchange: other } : undefined;
    },
  }),
];

/** Before its owner did anything, when it hibernates, when it is stopped: a stranger cannot tell it from nothing. */
function judgeForeign(
  operation: OperationId,
  { askedEarly, askedLate, askedDead, ...record }: Recorded,
): Breach | undefined {
  const ids = [record.id, record.absent];
  const ofOperation = [...askedEarly, ...askedLate, ...askedDead].filter((asked) => asked.operation === operation);
  return ofOperation.map((asked) => judgeAsked(asked, ids)).find(Boolean);
}

function judgeAsked({ operation, foreign, absent }: Asked, ids: readonly string[]): Breach | undefined {
  // An empty list tells nothing, where an id that never was is answered with one, too.
  const tellsNothing = foreign.response.body.trim() === "[]";
  if (isSuccess(foreign) && !tellsNothing)
    return { reason: `${answered(foreign)} on another's sandbox`, exchange: foreign };
  if (foreign.response.status !== absent.response.status) {
    const reason = `${answered(foreign)} on another's sandbox, and ${absent.response.status} on one that never was`;
    return { reason, exchange: foreign };
  }
  if (withoutIds(foreign, ids) === withoutIds(absent, ids)) return undefined;
  return { reason: `the body of ${operation} tells another's sandbox from one that never was`, exchange: foreign };
}

function withoutIds({ response }: Exchange, ids: readonly string[]): string {
  return ids.reduce((body, id) => body.replaceAll(id, "<id>"), response.body);
}

function portsIn(exchange: Exchange): readonly unknown[] {
  return entriesOf(exchange).map(({ port }) => port);
}

function readAs(exchange: Exchange): string {
  return `it is read as ${stateIn(exchange) ?? `nothing: ${answered(exchange)}`}`;
}

/** A credential may be another one each time it is read, and whether times stay the same is another law. */
const volatile: readonly string[] = ["token", "startedAt", "tagsLastUpdatedAt"];

function difference(what: string, before: unknown, after: unknown, exchange: Exchange): Breach | undefined {
  const text = (value: unknown) =>
    JSON.stringify(value, (name, inner: unknown) => (volatile.includes(name) ? undefined : inner));
  if (text(before) === text(after)) return undefined;
  return { reason: `${what} was ${text(before)} and after a stranger's requests ${text(after)}`, exchange };
}
