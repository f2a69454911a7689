import ts from "typescript";

/**
 * Lists the exports of some modules that no doc comment explains, as `module: name`. Generated declarations are left out:
 * their words come from the contract.
 */
export function listUndocumentedExports(modules: readonly string[]): string[] {
  const { config } = ts.readConfigFile("tsconfig.json", (path) => ts.sys.readFile(path)) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, ".");
  const program = ts.createProgram(modules, { ...options, noEmit: true });
  const checker = program.getTypeChecker();
  return modules.flatMap((module) => {
    const source = program.getSourceFile(module);
    const symbol = source && checker.getSymbolAtLocation(source);
    if (symbol === undefined) return [`${module}: exports nothing`];
    return checker
      .getExportsOfModule(symbol)
      .filter((exported) => !isDocumented(exported, checker))
      .map((exported) => `${module}: ${exported.name}`);
  });
}

function isDocumented(exported: ts.Symbol, checker: ts.TypeChecker): boolean {
  const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
  const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
  const isGenerated = symbol.declarations?.every((node) => /[/\\]generated[/\\]/.test(node.getSourceFile().fileName));
  const texts = [exported, symbol].flatMap((each) => each.getDocumentationComment(checker));
  return isGenerated === true || texts.some(({ text }) => text.trim() !== "");
}
