import { performance } from "node:perf_hooks";
import { describe, expect, test } from "vitest";
import { createJournal, type JournalRecord } from "./journal.ts";

function recordFixture(change: Partial<JournalRecord> = {}): JournalRecord {
  return {
    atMs: 0,
    contract: "opencomputer",
    operation: "createSandbox",
    tenantId: "acme",
    method: "POST",
    url: "/api/sandboxes",
    requestHeaders: [],
    requestBody: "",
    status: 201,
    answerHeaders: {},
    answerBody: "",
    reason: undefined,
    unread: [],
    ...change,
  };
}

describe("the ring", () => {
  test("keeps the newest entries within the cap and counts all that were seen", () => {
    const journal = createJournal({ entriesMax: 3 });
    for (let at = 1; at <= 10; at += 1) journal.add(recordFixture({ url: `/${at}` }));
    expect(journal.entries().map(({ sequence, url }) => [sequence, url])).toEqual([
      [8, "/8"],
      [9, "/9"],
      [10, "/10"],
    ]);
    expect(journal.seen()).toBe(10);
  });

  test("drops old entries when their bytes pass the cap, long before the number does", () => {
    const journal = createJournal({ entriesMax: 1_000, bytesMax: 100_000 });
    for (let at = 0; at < 100; at += 1) journal.add(recordFixture({ requestBody: "x".repeat(10_000) }));
    const held = journal.entries();
    expect(held.length).toBe(4);
    expect(held.at(-1)!.sequence).toBe(100);
  });

  test("an entry larger than the cap goes without its bodies and takes no other with it", () => {
    const journal = createJournal({ bytesMax: 100_000 });
    journal.add(recordFixture({ url: "/small" }));
    journal.add(recordFixture({ url: "/large", requestBody: "x".repeat(200_000), unread: ["/y".repeat(200_000)] }));
    const entries = journal.entries();
    expect(entries.map(({ url, requestBody }) => [url, requestBody.length])).toEqual([
      ["/small", 0],
      ["/large", 0],
    ]);
  });

  test("fields that were not read count as bytes too", () => {
    const journal = createJournal({ bytesMax: 50_000 });
    for (let at = 0; at < 10; at += 1)
      journal.add(recordFixture({ unread: Array.from({ length: 1_000 }, () => "/abcdefgh") }));
    expect(journal.entries().length).toBeLessThan(4);
  });

  test("clearing forgets entries and goes on counting", () => {
    const journal = createJournal({ entriesMax: 2 });
    for (let at = 0; at < 5; at += 1) journal.add(recordFixture());
    journal.clear();
    expect(journal.entries()).toEqual([]);
    journal.add(recordFixture({ url: "/after" }));
    expect(journal.entries().map(({ sequence, url }) => [sequence, url])).toEqual([[6, "/after"]]);
    expect(journal.seen()).toBe(6);
  });

  test("clearing gives the bytes back", () => {
    const journal = createJournal({ bytesMax: 50_000 });
    for (let round = 0; round < 5; round += 1) {
      journal.clear();
      for (let at = 0; at < 2; at += 1) journal.add(recordFixture({ requestBody: "x".repeat(10_000) }));
      expect(journal.entries().length).toBe(2);
    }
  });
});

describe("reading", () => {
  const journal = createJournal();
  journal.add(recordFixture({ operation: "createSandbox", tenantId: "acme", status: 201 }));
  journal.add(recordFixture({ operation: "createSandbox", tenantId: "globex", status: 400 }));
  journal.add(recordFixture({ operation: "killSandbox", tenantId: "acme", status: 204 }));

  test.each([
    [{}, [1, 2, 3]],
    [{ operation: "createSandbox" }, [1, 2]],
    [{ tenantId: "acme" }, [1, 3]],
    [{ status: 204 }, [3]],
    [{ operation: "createSandbox", tenantId: "acme", status: 201 }, [1]],
    [{ operation: "nothing" }, []],
  ])("the filter %j finds %j", (filter, sequences) => {
    expect(journal.entries(filter).map(({ sequence }) => sequence)).toEqual(sequences);
  });

  test.each([
    [{ operation: "createSandbox", times: 2 }, true],
    [{ operation: "createSandbox", times: 1 }, false],
    [{ operation: "killSandbox" }, true],
    [{ operation: "nothing" }, false],
    [{ operation: "nothing", atMost: 0 }, true],
    [{ atLeast: 3 }, true],
    [{ atLeast: 4 }, false],
    [{ atMost: 2 }, false],
  ])("the expectation %j holds: %s", (expectation, ok) => {
    expect(journal.verify(expectation).ok).toBe(ok);
  });
});

const secret = "hunter2-hunter2-hunter2";

describe("no secret is shown", () => {
  test.each([
    "x-api-key",
    "X-API-KEY",
    "Authorization",
    "proxy-authorization",
    "cookie",
    "X-OC-Preview-Token",
    "x-oc-preview-tokens",
    "api-key",
    "x-auth-token",
    "x-sandglass-control-token",
  ])("in the request header %s", (name) => {
    const journal = createJournal();
    journal.add(recordFixture({ requestHeaders: [name, `Bearer ${secret}`, "accept", "*/*"] }));
    const [entry] = journal.entries();
    expect(JSON.stringify(entry)).not.toContain(secret);
    expect(entry!.requestHeaders["accept"]).toBe("*/*");
  });

  test.each([
    ["a repeated header", { requestHeaders: ["x-api-key", secret, "X-Api-Key", secret] }],
    ["the address of a referrer", { requestHeaders: ["referer", `http://x/?token=${secret}`] }],
    ["a header of the answer", { answerHeaders: { "set-cookie": secret } }],
    ["the query", { url: `/api/sandboxes?a=1&api_key=${secret}&b=2` }],
    ["the query under an encoded name", { url: `/api/sandboxes?%74oken=${secret}` }],
    ["the query under another name", { url: `/x?previewAuthToken=${secret}` }],
    ["the password of an absolute address", { url: `http://me:${secret}@host/x` }],
  ])("in %s", (_, change: Partial<JournalRecord>) => {
    const journal = createJournal();
    journal.add(recordFixture(change));
    expect(JSON.stringify(journal.entries())).not.toContain(secret);
  });

  test.each([
    `{"previewAuthToken":"${secret}"}`,
    `{"previewAuth":{"scheme":"bearer","token":"${secret}"}}`,
    `{"previewAuth" : { "token"\n:\t"${secret}" } }`,
    `{"previewAuth":{"tok\\u0065n":"${secret}"}}`,
    `{"previewAuth":{"token":"a\\"${secret}"}}`,
    `{"previewAuth":{"token":"a\\\\\\"${secret}"}}`,
    `{"previewAuth":{"token":"${secret}`,
    `{"previewAuth":{"token":"${secret}\\`,
    `{"previewAuth":{"token":"a\\"${secret}`,
    `{"previewAuth":{"token":"a\n${secret}"}}`,
    `{"previewAuth":{"token":["${secret}"]}}`,
    `{"previewAuth":{"token":["${secret}`,
    `{"previewAuth":"${secret}"}`,
    `{"token":"first","token":"${secret}"}`,
    `{"envs":{"STRIPE_SECRET":"${secret}","OPENAI_API_KEY":"${secret}","DB_PASSWORD":"${secret}"}}`,
    `"token":"${secret}"`,
    `} "token": ${secret},`,
  ])("in the body %j", (body) => {
    const journal = createJournal();
    journal.add(recordFixture({ requestBody: body, answerBody: body }));
    expect(JSON.stringify(journal.entries())).not.toContain("hunter2");
  });

  test("what is no secret stays readable", () => {
    const body = `{"templateID":"base","envs":{"GREETING":"hello"},"tags":{"team":"growth"},"timeout":300}`;
    const journal = createJournal();
    journal.add(
      recordFixture({ requestBody: body, answerBody: `{"sandboxID":"sb-1","previewAuthToken":"${secret}"}` }),
    );
    const [entry] = journal.entries();
    expect(entry!.requestBody).toBe(body);
    expect(JSON.parse(entry!.answerBody)).toEqual({ sandboxID: "sb-1", previewAuthToken: "***" });
  });

  test.each([
    ["quotes", '"'.repeat(500_000)],
    ["escaped quotes", `"${'\\"'.repeat(250_000)}`],
    ["backslashes", `"a":"${"\\".repeat(500_000)}`],
    ["open lists", '"a":['.repeat(100_000)],
    ["blanks", `${'\\"'.repeat(100)}"${" ".repeat(500_000)}`],
    ["colons", ":".repeat(500_000)],
  ])("a body of nothing but %s is shown in no time to speak of", (_, body) => {
    const journal = createJournal();
    journal.add(recordFixture({ requestBody: body }));
    const startMs = performance.now();
    expect(journal.entries().length).toBe(1);
    expect(performance.now() - startMs).toBeLessThan(1_000);
  });
});
