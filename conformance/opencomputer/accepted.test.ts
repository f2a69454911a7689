import { expect, test } from "vitest";
import document from "../../generated/opencomputer/openapi.json" with { type: "json" };
import { systemClock } from "../../src/contract/clock.ts";
import { runLaws } from "../kit/run/engine.ts";
import { isObject } from "../kit/law/schema.ts";
import { opencomputer } from "./contract.ts";
import { fakeServer } from "./fake-server.fixture.ts";

const { properties } = document.components.schemas.CreateSandboxRequest;
/** No run can know a snapshot or a secret store that an account has, and a webhook may outlive the run that registers it. */
const members = Object.keys(properties).filter((name) => !["snapshot", "secretStore", "webhooks"].includes(name));

/** The bodies of all creates that a run gets accepted, where it judges what is accepted. */
async function acceptedBodies(seed: number): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const bodies: Readonly<Record<string, unknown>>[] = [];
  const server = fakeServer();
  const fetch = async (request: Request) => {
    const text = await request.clone().text();
    const response = await server.fetch(request);
    if (response.status !== 201 || !request.url.endsWith("/api/sandboxes")) return response;
    const body: unknown = text === "" ? {} : JSON.parse(text);
    if (isObject(body)) bodies.push(body);
    return response;
  };
  const laws = opencomputer.laws.filter(({ id }) => /create\/(accepts-|ignores-|answer-shape)/.test(id));
  const options = { clock: systemClock, seed, contract: opencomputer, target: { ...server, fetch }, laws };
  for await (const event of runLaws(options)) {
    if (event.type === "lawFinished") expect(event.outcome, event.law.id).toMatchObject({ verdict: "pass" });
  }
  return bodies;
}

test.each([1, 2])("any two members are sent together, each without the other, and neither (seed %i)", async (seed) => {
  const bodies = await acceptedBodies(seed);
  const missing = members.flatMap((one) =>
    members
      .filter((other) => other !== one)
      .flatMap((other) =>
        [
          [true, true],
          [true, false],
          [false, false],
        ].filter(([hasOne, hasOther]) => !bodies.some((body) => one in body === hasOne && other in body === hasOther)),
      )
      .map((pair) => ({ one, pair })),
  );
  // Images are built, which takes long: there is one, with all that may stand beside it.
  expect(missing.filter(({ one, pair: [hasOne, hasOther] }) => !(one === "image" && hasOne && !hasOther))).toEqual([]);
});

test.each([1, 2])("each documented size, template and kind of step is sent once at least (seed %i)", async (seed) => {
  const bodies = await acceptedBodies(seed);
  const sent = (name: string) => new Set(bodies.map((body) => body[name]));
  expect([...properties.cpuCount.enum].filter((value) => !sent("cpuCount").has(value))).toEqual([]);
  expect([...properties.memoryMB.enum].filter((value) => value > 4096 && !sent("memoryMB").has(value))).toEqual([]);
  expect(properties.templateID.examples.filter((value) => !sent("templateID").has(value))).toEqual([]);
  expect([...sent("burst")].sort()).toEqual([false, true, undefined]);
  const steps = bodies.flatMap(({ image }) => (isObject(image) ? (image["steps"] as { readonly type: string }[]) : []));
  // Packages come from the network.
  expect(new Set(steps.map(({ type }) => type))).toEqual(new Set(["run", "env", "workdir", "add_file", "add_dir"]));
});
