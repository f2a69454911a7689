import { dirname, join, normalize } from "node:path";
import ts from "typescript";

/** One import as written, and the file that it leads to, where that is one of ours. */
export type Import = {
  readonly file: string;
  readonly specifier: string;
  /** Path from the root of the repository; undefined for a package or a built-in module. */
  readonly imported: string | undefined;
  /** Whether nothing of it is there when the module runs. */
  readonly isType: boolean;
};

/** Our own entry points by the name under which a package is imported: `sandglass/mock` is `mocks/index.ts`. */
export type EntryPoints = Readonly<Record<string, string>>;

/**
 * Lists what a module imports, in whatever form: `import`, `import type`, `export from`, `import("…")` as expression and
 * as type, `require`, `vi.mock`, and `new URL("….ts", import.meta.url)`, by which a worker is reached.
 *
 * @param file - its path from the root of the repository, with slashes
 */
export function listImports(file: string, source: string, entryPoints: EntryPoints = {}): Import[] {
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    const literal = specifierOf(node);
    if (literal !== undefined && ts.isStringLiteralLike(literal)) {
      const specifier = literal.text;
      found.push({ file, specifier, imported: resolveOwn(file, specifier, entryPoints), isType: isTypeImport(node) });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true));
  return found;
}

function isTypeImport(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node)) return node.importClause?.isTypeOnly === true;
  return ts.isImportTypeNode(node) || (ts.isExportDeclaration(node) && node.isTypeOnly);
}

/** Where a dynamic import's target is computed, so that no reader can tell what is imported. */
export function listComputedImports(file: string, source: string): string[] {
  const found: string[] = [];
  const sourceFile = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    if (isDynamicImport(node) && !ts.isStringLiteralLike(node.arguments[0] ?? node)) {
      const { line } = sourceFile.getLineAndCharacterOfPosition(node.getStart());
      found.push(`${file}:${line + 1} -> ${node.getText()}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(sourceFile);
  return found;
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (isDynamicImport(node)) return node.arguments[0];
  if (ts.isNewExpression(node) && node.expression.getText() === "URL") {
    const [target, base] = node.arguments ?? [];
    const isModule = target !== undefined && ts.isStringLiteralLike(target) && /\.[cm]?[jt]s$/.test(target.text);
    return isModule && base?.getText() === "import.meta.url" ? target : undefined;
  }
  if (ts.isCallExpression(node) && /^(require|import\.meta\.resolve|vi\.(do)?mock)$/.test(node.expression.getText())) {
    return node.arguments[0];
  }
  return undefined;
}

function isDynamicImport(node: ts.Node): node is ts.CallExpression {
  return ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
}

function resolveOwn(file: string, specifier: string, entryPoints: EntryPoints): string | undefined {
  if (/^\.\.?(\/|$)/.test(specifier)) return normalize(join(dirname(file), specifier));
  return Object.hasOwn(entryPoints, specifier) ? entryPoints[specifier] : undefined;
}
