import { createMock } from "../mocks/index.ts";
import { bareCreate } from "./bare-create.ts";
import { createBody } from "./measure.ts";

const headers = { "content-type": "application/json", "x-api-key": "sandglass-acme" };
const request = () => new Request("http://mock/api/sandboxes", { method: "POST", headers, body: createBody });

/** Microseconds of processor time for a create without a socket, by `mock.fetch` and by the least that takes a request and gives a response. */
export async function measureInProcess(creates: number): Promise<{ mock: number; bare: number }> {
  const mock = createMock();
  const timed = async (create: () => Promise<Response>) => {
    const before = process.cpuUsage();
    for (let count = 0; count < creates; count += 1) {
      const answer = await create();
      if (answer.status !== 201) throw new Error(`in process: ${answer.status}`);
      await answer.text();
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / creates;
  };
  const bare = async () => {
    const text = bareCreate(await request().text());
    return new Response(text, { status: 201, headers: { "content-type": "application/json" } });
  };
  return { mock: await timed(() => mock.fetch("opencomputer", request())), bare: await timed(bare) };
}
