type Environment = Readonly<Record<string, string | undefined>>;

/** No proxy is asked for what is on this machine. */
const alwaysDirect = ["localhost", ".localhost", "127.0.0.1", "::1", "[::1]"];

/**
 * Has what this process sends go through the proxies that `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` name, in small letters
 * too. Node can do so since 24.14; before that, `NODE_USE_ENV_PROXY=1` may.
 *
 * @returns ends that again
 */
export function useProxies(environment: Environment): () => void {
  const of = (name: string) => environment[name.toLowerCase()] ?? environment[name];
  const [http, https] = [of("HTTP_PROXY"), of("HTTPS_PROXY")];
  if ((http ?? "") + (https ?? "") === "") return () => undefined;
  const exempt = [of("NO_PROXY") ?? "", ...alwaysDirect].filter((one) => one !== "").join(",");
  const { setGlobalProxyFromEnv } = process.getBuiltinModule("node:http") as { setGlobalProxyFromEnv?: SetProxies };
  const proxies = {
    ...(http === undefined ? {} : { HTTP_PROXY: http }),
    ...(https === undefined ? {} : { HTTPS_PROXY: https }),
  };
  return setGlobalProxyFromEnv?.({ ...proxies, NO_PROXY: exempt }) ?? (() => undefined);
}

type SetProxies = (environment: Environment) => () => void;
