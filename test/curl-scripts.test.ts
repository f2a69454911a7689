import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { contracts, reportOf, runLaws } from "../conformance/command.ts";
import type { ContractName, LawReport, RunEvent } from "../conformance/command.ts";
import { idPattern } from "../conformance/kit/law/id-pattern.ts";
import { startMock } from "../mocks/index.ts";
import { faultLaws } from "../src/cli/fault-laws.ts";
import { systemClock } from "../src/contract/clock.ts";

// Each fault of the mock is found over a socket, and the script of each breach is run against another mock that has it.

const keys = {
  recoup: { own: "sandglass-ada", other: "sandglass-eve" },
  opencomputer: { own: "sandglass-acme", other: "sandglass-globex" },
} as const;

/** Laws whose script cannot do it again, and why. */
const exceptions: Readonly<Record<string, string>> = {
  "opencomputer/create/quota-crowd": "creates that raced are sent one after the other, since their ids are needed",
  "opencomputer/download-url/expires": "the URL that has expired is one that the server of the run signed",
  "opencomputer/download-url/expires-on-time": "the URL that has expired is one that the server of the run signed",
  "opencomputer/upload-url/expires": "the URL that has expired is one that the server of the run signed",
  "opencomputer/upload-url/expires-on-time": "the URL that has expired is one that the server of the run signed",
  "opencomputer/kill/frees-place": "the places that stay taken are those of sandboxes that the run had before",
  "opencomputer/create/refusal-keeps-no-place":
    "the places that stay taken are those of creates that were refused before",
  "opencomputer/write-file/any-bytes": "what was sent is no text, and a recording keeps text",
  "opencomputer/webhook/same-id": "the id of the message came to the receiver of the run",
};

/** Faults that only such laws see. */
const unscripted: Readonly<Record<string, string>> = {
  "parallel-creates-exceed-quota": "opencomputer/create/quota-crowd",
  "signed-url-stays-valid": "opencomputer/download-url/expires",
  "stopped-counts-in-quota": "opencomputer/kill/frees-place",
  "refused-create-keeps-place": "opencomputer/create/refusal-keeps-no-place",
  "file-decoded-as-text": "opencomputer/write-file/any-bytes",
  "webhook-id-of-attempt": "opencomputer/webhook/same-id",
};

/** So many breaches of a fault are looked for: all of them would take minutes. */
const lawsMax = 1;
const quota = 5;
const startFaulty = (contract: ContractName, fault: string) =>
  startMock({ contract, faults: [{ id: fault }], settings: { quota } });

async function breachesOf(
  contract: ContractName,
  fault: string,
): Promise<{ url: string; broken: readonly LawReport[] }> {
  const patterns = faultLaws[contract][fault]!.map((glob) => idPattern(`${contract}/${glob}`));
  const isOfFault = ({ id }: { readonly id: string }) => patterns.some((pattern) => pattern.test(id));
  const laws = contracts[contract].laws.filter(
    (law) => isOfFault(law) && !law.id.includes("/sequence/") && !(law.id in exceptions),
  );
  const mock = await startFaulty(contract, fault);
  const events: RunEvent[] = [];
  const { own: key, other: otherKey } = keys[contract];
  const target = { baseUrl: mock.url, key, otherKey, quota };
  const limits = { profile: "full", createsMax: 200, aliveMax: 12 } as const;
  const run = { clock: systemClock, seed: 1, contract: contracts[contract], target, ...limits };
  for await (const event of runLaws({ ...run, laws, failuresMax: lawsMax })) events.push(event);
  await mock.close();
  return { url: mock.url, broken: reportOf(events)!.laws.filter(({ verdict }) => verdict === "fail") };
}

/** What a script printed last: the status and the state of the sandbox, where the answer names one. */
function lastAnswer(text: string) {
  const last = text.slice(text.lastIndexOf("HTTP/1.1 "));
  const [head = "", ...body] = last.split(/\r?\n\r?\n/);
  return { status: Number(/^HTTP\/1.1 (\d+)/.exec(head)?.[1]), state: stateIn(body.join("\n")) };
}

/** A list shows what else the run had at that time. */
function stateIn(body: string): string | undefined {
  if (body.trimStart().startsWith("[")) return undefined;
  return /"(?:status|sandboxStatus)" ?: ?"(\w+)"/.exec(body)?.[1];
}

async function runScript(contract: ContractName, fault: string, { url, law }: { url: string; law: LawReport }) {
  const mock = await startFaulty(contract, fault);
  const there = new URL(mock.url).host;
  const script = (law.reproduce.curl ?? "").replaceAll(new URL(url).host, there);
  const env = {
    PATH: process.env["PATH"],
    SANDGLASS_KEY: keys[contract].own,
    SANDGLASS_OTHER_KEY: keys[contract].other,
  };
  const { stdout } = await promisify(execFile)("sh", ["-c", script], { env, timeout: 30_000 });
  await mock.close();
  return lastAnswer(stdout);
}

describe.each(["recoup", "opencomputer"] as const)("scripts of breaches of %s", (contract) => {
  test.each(Object.keys(faultLaws[contract]))(
    "show the fault %s to a server of the reader's",
    async (fault) => {
      const { url, broken } = await breachesOf(contract, fault);
      expect(broken.length > 0 || fault in unscripted).toBe(true);
      for (const law of broken) {
        const answer = await runScript(contract, fault, { url, law });
        const { status, body } = law.exchanges.at(-1)!.response;
        expect({ law: law.id, ...answer }).toEqual({ law: law.id, status, state: stateIn(body) });
      }
    },
    60_000,
  );
});
