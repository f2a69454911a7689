import type { Span } from "@opentelemetry/api";
import type { AnsweredRequest, Contract, OnIncoming, OnRequest } from "../../mocks/index.ts";
import { requirePeers } from "./optional-peers.ts";
import { readOwnPackage } from "./own-package.ts";

type Environment = Record<string, string | undefined>;

/** Traces of a mock's requests. */
type Tracing = {
  readonly onIncoming: OnIncoming;
  readonly onRequest: OnRequest;
  /** Sends what was not sent yet. */
  readonly end: () => Promise<void>;
};

/**
 * Starts to trace: a span for each request of a contract or to a preview, below the one that its `traceparent` names, and above
 * what a preview's upstream makes of it. No span has a key, a token, a body or an address.
 *
 * @param environment - of this process, whose variables OTEL_… the SDK reads
 * @throws ContractError `PACKAGE_MISSING` where the packages of OpenTelemetry are not there
 */
export async function startTracing(contracts: readonly Contract[], environment: Environment): Promise<Tracing> {
  requirePeers("sandglass mock with traces (OTEL_…)");
  // Not the arguments of the process, which the SDK would tell too: a token or a password may be among them.
  environment["OTEL_NODE_RESOURCE_DETECTORS"] ??= "env,host,os,serviceinstance";
  const { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } = await import("@opentelemetry/api");
  const { NodeSDK } = await import("@opentelemetry/sdk-node");
  const isNamed = /(?:^|,)\s*service\.name=/.test(environment["OTEL_RESOURCE_ATTRIBUTES"] ?? "");
  const named = isNamed || environment["OTEL_SERVICE_NAME"] ? {} : { serviceName: "sandglass-mock" };
  const sdk = new NodeSDK({ ...named, metricReaders: [], logRecordProcessors: [] });
  sdk.start();
  const tracer = trace.getTracer("sandglass", readOwnPackage().version);
  const told = new WeakSet<Span>(); // of requests that are no operation of a mock, such as probes, nothing is told
  const upgrades = new WeakSet<Span>();
  const end = (span: Span, status: number | undefined) => {
    if (status !== undefined) span.setAttribute("http.response.status_code", status);
    if (status === undefined || status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  };
  return {
    onIncoming: (incoming, outgoing, answer) => {
      const parent = propagation.extract(ROOT_CONTEXT, incoming.headers);
      const span = tracer.startSpan(incoming.method!, { kind: SpanKind.SERVER }, parent);
      const own = trace.setSpan(parent, span);
      propagation.inject(own, incoming.headers); // which a preview's upstream is shown
      if (outgoing === undefined) upgrades.add(span);
      outgoing?.once("close", () => {
        if (told.has(span)) end(span, outgoing.headersSent ? outgoing.statusCode : undefined);
      });
      return context.with(own, answer);
    },
    onRequest: (request) => {
      const span = trace.getActiveSpan();
      if (span === undefined) return;
      const { operations } = contracts.find(({ contract }) => contract === request.contract)!;
      const route = operations[request.operation]?.path;
      span.updateName([request.method, route ?? request.operation].join(" ").trim());
      span.setAttributes(describeSpan(request, route));
      if (upgrades.has(span)) end(span, request.status === 200 ? 101 : request.status);
      else told.add(span);
    },
    end: () => sdk.shutdown(),
  };
}

function describeSpan(
  { method, contract, operation, world, reason, sandboxes }: AnsweredRequest,
  route: string | undefined,
) {
  return {
    "http.request.method": method,
    ...(route !== undefined && { "http.route": route }),
    "sandglass.contract": contract,
    "sandglass.world": world,
    ...(operation !== "" && { "sandglass.operation": operation }),
    ...(reason !== undefined && { "sandglass.reason": reason.rule }),
    ...(sandboxes.length === 1 && { "sandglass.sandbox": sandboxes[0] }),
  };
}
