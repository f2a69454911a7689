import type { components } from "../../generated/opencomputer/types.ts";
import type { Answer, Call, Outcome } from "../kit/exchange.ts";
import { changeFiles, countBytes, type FileNode, type FileSystemOwner } from "../kit/shell/file-system.ts";
import {
  FileError,
  missingFolders,
  parentOf,
  readNodes,
  resolvePath,
  superuserEnvironment,
} from "../kit/shell/file-system.ts";
import { usualLimits } from "../kit/shell/limits.ts";
import type { RunResult } from "../kit/shell/messages.ts";
import { findScript, usualScripts } from "../kit/shell/script.ts";
import { inBytes, inText, sandboxShell, untilTime } from "../kit/shell/shell.ts";
import { neverMs } from "../kit/table.ts";
import { refuse } from "./answers.ts";
import { type CheckpointRecord, checkpointTable } from "./checkpoint.ts";
import { settings } from "./settings.ts";
import { resolveTier } from "./tier.ts";

type Manifest = components["schemas"]["ImageManifest"];
type Step = components["schemas"]["ImageStep"];
type Envs = Readonly<Record<string, string>>;

/** A build under way: whose files it makes, and the environment of what it runs. */
type Build = { readonly owner: FileSystemOwner; readonly envs: Envs };

/**
 * Builds an image: its files, and what its commands write, are a checkpoint from then on.
 *
 * @param size - of the sandboxes that are made from it
 */
export async function buildImage(
  { world, tenant, nowMs }: Call,
  { base = "", steps = [] }: Manifest,
  size: Parameters<typeof resolveTier>[0] = {},
): Promise<Outcome<CheckpointRecord>> {
  const id = world.random.uuid();
  const owner = { world, sandboxId: id, tenantId: tenant.id };
  let envs: Envs = {};
  for (const [at, step] of steps.entries()) {
    const problem = await doStep(step, { owner, envs });
    if (problem !== undefined) return { refusal: refuseStep(at, step, problem) };
    if (step.type === "env") envs = { ...envs, ...step.args.vars };
  }
  const record: CheckpointRecord = {
    ...{ id, tenantId: tenant.id, version: 1, createdAtMs: nowMs, liveUntilMs: neverMs },
    ...{ sandboxId: `sb-build-${world.random.hex(8)}`, name: id, kind: "full", promotes: true, isPublic: false },
    ...{ readyAtMs: nowMs + settings.of(world).buildMs, sizeBytes: countBytes(await readNodes(world, id)) },
    ...{ template: base || "base", ...resolveTier(size), envs, patches: [], patchesMade: 0 },
  };
  await world.table(checkpointTable).insert(record);
  return { value: record };
}

/** Does a step, and says what went wrong. */
async function doStep(step: Step, build: Build): Promise<string | undefined> {
  try {
    switch (step.type) {
      case "apt_install":
        return install(`apt-get install -y ${step.args.packages.join(" ")}`, build);
      case "pip_install":
        return install(`pip install ${step.args.packages.join(" ")}`, build);
      case "run":
        return await runCommands(step.args.commands.join(" && "), build);
      case "env":
        return await writeFiles(build, [["/etc/environment", formatEnvironment({ ...build.envs, ...step.args.vars })]]);
      case "workdir":
        return await makeFolder(build, step.args.path);
      case "add_file":
        return await writeFiles(build, [[step.args.path, contentOf(step.args)]]);
      case "add_dir": {
        const { path, files } = step.args;
        return await writeFiles(
          build,
          files.map((file) => [`${path}/${file.relativePath}`, inBytes(file.content)]),
        );
      }
    }
  } catch (error) {
    if (error instanceof FileError) return error.message;
    throw error;
  }
}

/** Nothing is installed: a script says how it ends. */
function install(line: string, { owner: { world } }: Build): string | undefined {
  const { exitCode = 0, stderr = "" } = findScript([...settings.of(world).scripts, ...usualScripts], line) ?? {};
  return exitCode === 0 ? undefined : `exit code ${exitCode}: ${stderr.trim()}`;
}

async function runCommands(cmd: string, { owner, envs }: Build): Promise<string | undefined> {
  const beganAtMs = owner.world.clock.now();
  const env = { ...superuserEnvironment, ...envs };
  const { exitCode, stderr, sleptMs } = (await sandboxShell.run(owner, { cmd, env, timeoutMs })) as RunResult;
  await untilTime(owner.world, beganAtMs + sleptMs);
  return exitCode === 0 ? undefined : `exit code ${exitCode}: ${inText(stderr).trim()}`;
}

const timeoutMs = 600_000;

const formatEnvironment = (vars: Envs) =>
  Object.entries(vars)
    .map(([name, value]) => inBytes(`${name}=${JSON.stringify(value)}\n`))
    .join("");

function contentOf({ content, encoding }: { content: string; encoding?: string }): string {
  return encoding === "base64" ? Buffer.from(content, "base64").toString("latin1") : inBytes(content);
}

async function makeFolder({ owner }: Build, path: string): Promise<undefined> {
  const nowMs = owner.world.clock.now();
  await changeFiles(owner, (nodes) => new Map(missingFolders(nodes, resolvePath(path), nowMs)), usualLimits);
}

async function writeFiles({ owner }: Build, files: readonly (readonly [string, string])[]): Promise<undefined> {
  const modifiedAtMs = owner.world.clock.now();
  for (const [name, text] of files) {
    const path = resolvePath(name);
    const node: FileNode = { kind: "file", mode: 0o644, modifiedAtMs, bytes: text.length, pieces: [text] };
    await changeFiles(
      owner,
      (nodes) => new Map([...missingFolders(nodes, parentOf(path), modifiedAtMs), [path, node]]),
      usualLimits,
    );
  }
}

function refuseStep(at: number, { type }: Step, problem: string): Answer {
  const message = "a step runs in the mock's shell: script what it lacks by world.script, or in the settings";
  const reason = { rule: "image-step", message, pointer: `/image/steps/${at}` };
  return refuse(400, `image build failed: step ${at} (${type}): ${problem}`, reason);
}
