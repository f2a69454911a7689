import { startReplica } from "../mocks/replica.ts";

// One replica in a process of its own: the Redis and the port are its arguments; it tells its parent when it is up.
const [state = "", port = "0"] = process.argv.slice(2);
const settings = { quota: 20 };
const { listeners } = await startReplica({ state, settings, listen: { opencomputer: { port: Number(port) } } });
process.send?.({ port: listeners.get("opencomputer")!.port });
