import ts from "typescript";

/** A habit that the sources keep: what to look for, and what to do instead. */
type SourceRule = {
  readonly name: string;
  readonly instead: string;
  readonly finds: (node: ts.Node) => boolean;
  /** Whether tests are held to it too. */
  readonly inTests: boolean;
  /** Files that may, each with the reason. */
  readonly except?: Readonly<Record<string, string>>;
};

const clock = "src/contract/clock.ts";
const browserTime = "src/inspector/browser-time.ts";
const random = "mocks/kit/random.ts";
const seed = "conformance/kit/input/seed.ts";

const sourceRules: readonly SourceRule[] = [
  {
    name: "reads the machine's time",
    instead: "take a Clock and call clock.now()",
    finds: (node) =>
      isCall(node, /^(Date\.now|performance\.now|process\.hrtime(\.bigint)?|Date)$/) || isDateOfNow(node),
    inTests: false,
    except: { [clock]: "the one place where the machine's time comes in", [browserTime]: "the same, in a browser" },
  },
  {
    name: "waits by the machine's time",
    instead: "take a Sleep, or compute the state from the record and the time when it is read",
    finds: (node) => isCall(node, /^((globalThis|timers)\.)?(setTimeout|setInterval|sleep)$/) && !isGivenSleep(node),
    inTests: false,
    except: {
      [clock]: "the one place where real time passes for its own sake",
      [browserTime]: "the same, in a browser",
    },
  },
  {
    name: "takes chance from nowhere",
    instead: `take a Random (${random}) or a seed (${seed})`,
    finds: (node) =>
      isCall(node, /^((globalThis\.|webcrypto\.)?crypto\.)?(randomUUID|getRandomValues)$|^Math\.random$/),
    inTests: true,
    except: {
      [random]: "the mocks' one place where chance comes in",
      [seed]: "the laws' one place: a seed for a run that was given none",
    },
  },
  {
    name: "takes bytes of chance from the system",
    instead: `take a Random or a source of secrets (${random})`,
    finds: (node) => isCall(node, /^(crypto\.)?(randomBytes|randomInt|randomFill|randomFillSync)$/),
    inTests: false,
    except: { [random]: "the one place where chance comes in" },
  },
  {
    name: "imports Node's HTTP by name",
    instead:
      'write process.getBuiltinModule("node:http"): such an import loads all of undici, 40 ms of each start and 10 MB',
    finds: (node) =>
      ts.isImportDeclaration(node) &&
      ts.isStringLiteral(node.moduleSpecifier) &&
      node.moduleSpecifier.text === "node:http" &&
      node.importClause?.isTypeOnly === false &&
      !node.getSourceFile().fileName.includes(".fixture."),
    inTests: false,
  },
  {
    name: "leaves a test out, or all others",
    instead: "mend the test, or delete it",
    finds: (node) =>
      ts.isPropertyAccessExpression(node) &&
      /^(test|it|describe|suite)\b/.test(node.expression.getText()) &&
      /^(only|skip|todo|skipIf|runIf|fails)$/.test(node.name.text),
    inTests: true,
  },
  {
    name: "exports by default",
    instead: "export by name: a default export has no name to search for",
    finds: (node) => ts.isExportAssignment(node) || hasDefaultModifier(node),
    inTests: true,
  },
  {
    name: "uses syntax that Node cannot strip",
    instead: "use `as const` lists for enums, modules for namespaces, fields written out for parameter properties",
    finds: (node) =>
      ts.isEnumDeclaration(node) ||
      (ts.isModuleDeclaration(node) && !isAmbient(node)) ||
      (ts.isParameter(node) && ts.isParameterPropertyDeclaration(node, node.parent)),
    inTests: true,
  },
];

/** What the rules find in one file, as `file:line: name: instead`. */
export function listOffences(file: string, source: string, rules = sourceRules): string[] {
  const isTest = /^(test|bench)\/|\.test(-d)?\.ts$/.test(file);
  const applicable = rules.filter(({ inTests, except }) => (inTests || !isTest) && except?.[file] === undefined);
  const sourceFile = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    for (const { name, instead, finds } of applicable) {
      if (finds(node)) found.push(`${file}:${lineOf(sourceFile, node)}: ${name}: ${instead}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(sourceFile);
  return found;
}

function lineOf(sourceFile: ts.SourceFile, node: ts.Node): number {
  return sourceFile.getLineAndCharacterOfPosition(node.getStart()).line + 1;
}

function isCall(node: ts.Node, name: RegExp): node is ts.CallExpression {
  return ts.isCallExpression(node) && name.test(node.expression.getText());
}

function isDateOfNow(node: ts.Node): boolean {
  return ts.isNewExpression(node) && node.expression.getText() === "Date" && (node.arguments?.length ?? 0) === 0;
}

/** `sleep` is also what a parameter or field of type Sleep is called; only the one of node:timers is the machine's. */
function isGivenSleep(node: ts.CallExpression): boolean {
  if (node.expression.getText() !== "sleep") return false;
  return !/import \{[^}]*\bsetTimeout as sleep\b[^}]*\} from "(node:)?timers/.test(node.getSourceFile().text);
}

function hasDefaultModifier(node: ts.Node): boolean {
  return (
    ts.canHaveModifiers(node) && !!ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)
  );
}

/** `declare module "…"` adds types to a package, and leaves nothing to run. */
function isAmbient(node: ts.ModuleDeclaration): boolean {
  return !!ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword);
}
