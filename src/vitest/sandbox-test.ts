import { test as baseTest, type TestAPI } from "vitest";
import {
  formatRequest,
  startMock,
  type AnsweredRequest,
  type ContractName,
  type MockOptions,
  type NewWorldOptions,
  type StartedMock,
  type World,
} from "../../mocks/index.ts";
import { createOpenComputerClient, type OpenComputerClient } from "../client/opencomputer-client.ts";
import { createRecoupClient, type RecoupClient } from "../client/recoup-client.ts";
import { rules, requireMembers } from "../contract/caller-input.ts";
import { noteAnswer } from "./answers.ts";

/** The client of a contract. */
export type ClientOf<Name extends ContractName> = {
  readonly recoup: RecoupClient;
  readonly opencomputer: OpenComputerClient;
}[Name];

/** What a test gets: a world of a mock that no other test sees, and what reaches it. */
export type SandboxFixture<Name extends ContractName = ContractName> = {
  /** Its contract. */
  readonly contract: Name;
  /** Its world: clock, faults, journal, scripted commands. It is deleted after the test. */
  readonly world: World;
  /** The typed client, with the first key of the world. */
  readonly client: ClientOf<Name>;
  /** Where the mock listens: for the app under test, or for a vendor's own client. */
  readonly url: string;
  /** The first key of the world. */
  readonly key: string;
  /** Every key of the world for this contract, by the tenant's name: `keys.ada`. */
  readonly keys: Readonly<Record<string, string>>;
  /** What a client of this package takes: `createRecoupClient(sandboxes.clientOptions)`. */
  readonly clientOptions: { readonly baseUrl: string; readonly apiKey: string };
  /** Sends a request to a path of the mock, with the first key unless `init` brings one. */
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
  /** The mock itself, which the tests of a file share. */
  readonly mock: StartedMock;
};

/** How the mock of a test file begins, and how the world of each test does. */
export type SandboxTestOptions = {
  /** Options of `startMock`, but for the contract. */
  readonly mock?: Omit<MockOptions, "onRequest"> | undefined;
  /** How each test's world begins: `{ clockScale: 0 }` for a clock that only the test moves. */
  readonly world?: NewWorldOptions | undefined;
};

/** Vitest's `test`, whose tests may ask for `sandboxes`. */
export type SandboxTest<Name extends ContractName> = TestAPI<{ sandboxes: SandboxFixture<Name> }>;

/**
 * Makes a `test` whose tests may ask for `sandboxes`: a world of their own, on one mock for the file that listens on a free
 * port. A test that fails is followed by a line for each request of its world.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` for an option that does not exist; the mock's own are checked when it starts
 */
export function createSandboxTest<Name extends ContractName>(
  contract: Name,
  options: SandboxTestOptions = {},
): SandboxTest<Name> {
  requireMembers("createSandboxTest", options, { mock: rules.object, world: rules.object });
  const asked = new Map<string, AnsweredRequest[]>();
  const onRequest = (request: AnsweredRequest) => asked.get(request.world)?.push(request);
  return baseTest.extend<{ sandboxMock: StartedMock; sandboxes: SandboxFixture<Name> }>({
    sandboxMock: [
      async ({}, use) => {
        await using mock = await startMock({ ...options.mock, contract, onRequest });
        await use(mock);
      },
      { scope: "file" },
    ],
    sandboxes: async ({ sandboxMock, onTestFailed }, use) => {
      await using world = sandboxMock.createWorld(options.world);
      const requests: AnsweredRequest[] = [];
      asked.set(world.id, requests);
      onTestFailed(({ task }) => {
        const lines = requests.map((request) => `  ${formatRequest(request, process.stderr.columns)}\n`);
        if (lines.length > 0) process.stderr.write(`${task.name}: its world was asked\n${lines.join("")}`);
      });
      await use(fixtureOf(contract, sandboxMock, world));
      asked.delete(world.id);
    },
  });
}

function fixtureOf<Name extends ContractName>(contract: Name, mock: StartedMock, world: World): SandboxFixture<Name> {
  const clientOptions = mock.clientOptions(world);
  const { baseUrl: url, apiKey: key } = clientOptions;
  const clients = { recoup: createRecoupClient, opencomputer: createOpenComputerClient };
  const own = world.tenants.filter((tenant) => tenant.contract === contract);
  return {
    contract,
    world,
    client: clients[contract](clientOptions) as ClientOf<Name>,
    url,
    key,
    keys: Object.fromEntries(own.map((tenant) => [tenant.name, tenant.key])),
    clientOptions,
    fetch: async (path, init = {}) => {
      const headers = new Headers(init.headers);
      if (!headers.has("x-api-key") && !headers.has("authorization")) headers.set("x-api-key", key);
      return noteAnswer(await fetch(new URL(path, url), { ...init, headers }), contract);
    },
    mock,
  };
}
