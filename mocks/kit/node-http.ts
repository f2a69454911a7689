/**
 * Node's HTTP server. An `import` reads every export of a built-in module, and one of this module's loads the whole of
 * undici when it is read: a sixth of the time that a mock takes to start.
 */
export const { Agent, createServer, IncomingMessage, STATUS_CODES } = process.getBuiltinModule("node:http");
