import type { EngineContext } from "./engine.ts";

/**
 * Does what `npm install` and `npm ci` leave behind: a folder for each package that they name, or that `package.json` does. What is
 * in it is a manifest alone.
 *
 * @returns the packages; undefined where the arguments are another command of npm
 */
export async function installPackages(
  [command = "", ...rest]: readonly string[],
  { fs, cwd }: Pick<EngineContext, "fs" | "cwd">,
): Promise<readonly string[] | undefined> {
  if (!["install", "i", "add", "ci"].includes(command) || rest.includes("-g") || rest.includes("--global"))
    return undefined;
  const given = rest.filter((word) => /^(?:@[\w.-]+\/)?[\w.-]+(?:@.+)?$/.test(word) && !word.startsWith("-"));
  const named = given.map((word) => word.replace(/(.)@.*$/, "$1"));
  const names = named.length > 0 ? named : await listDependencies(fs, fs.resolvePath(cwd, "package.json"));
  for (const name of names) {
    const folder = fs.resolvePath(cwd, `node_modules/${name}`);
    await fs.mkdir(folder, { recursive: true });
    await fs.writeFile(`${folder}/package.json`, `${JSON.stringify({ name, version: "1.0.0" })}\n`);
  }
  return names;
}

async function listDependencies(fs: EngineContext["fs"], path: string): Promise<readonly string[]> {
  if (!(await fs.exists(path))) return [];
  try {
    const manifest: unknown = JSON.parse(Buffer.from(await fs.readFileBuffer(path)).toString());
    const { dependencies = {}, devDependencies = {} } = manifest as Readonly<Record<string, object | undefined>>;
    return Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !name.includes(".."));
  } catch {
    return []; // it is no JSON, or of another shape
  }
}
