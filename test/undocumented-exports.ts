import ts from "typescript";

/**
 * Lists the exports of some modules that no doc comment explains, as `module: name`. Generated declarations are left out:
 * their words come from the contract.
 */
export function listUndocumentedExports(modules: readonly string[]): string[] {
  return eachExport(modules, (exported, { checker, module }) =>
    isDocumented(exported, checker) ? [] : [`${module}: ${exported.name}`],
  );
}

/**
 * Lists the members of exported types, and of what their methods give, that no doc comment explains, as
 * `module: Type.member.method()`. It looks as an editor does: what is inherited, mapped or generated has the words of where
 * it comes from.
 *
 * @param names - the types to look at; all by default
 */
export function listUndocumentedMembers(modules: readonly string[], names?: readonly string[]): string[] {
  return eachExport(modules, (exported, { checker, module }) => {
    if (names?.includes(exported.name) === false) return [];
    const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
    const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
    if ((symbol.flags & (ts.SymbolFlags.Type | ts.SymbolFlags.Class)) === 0) return [];
    const found = new Set<string>();
    const seen = new Set<ts.Type>();
    visit(checker.getDeclaredTypeOfSymbol(symbol), exported.name);
    return [...found].map((name) => `${module}: ${name}`);

    function visit(type: ts.Type, name: string): void {
      if (seen.has(type) || !isOurs(type)) return;
      seen.add(type);
      if (type.isUnionOrIntersection()) type.types.forEach((part) => visit(part, name));
      if (checker.isArrayType(type) || checker.isTupleType(type)) {
        checker.getTypeArguments(type as ts.TypeReference).forEach((part) => visit(part, `${name}[]`));
        return;
      }
      for (const member of type.getProperties()) {
        const path = `${name}.${member.name}`;
        if (!isOwn(member)) continue;
        if (!isDocumented(member, checker)) found.add(path);
        const inner = checker.getTypeOfSymbol(member);
        visit(inner, path);
        for (const { resultType } of signaturesOf(inner)) visit(resultType, `${path}()`);
      }
    }

    function signaturesOf(type: ts.Type) {
      return type.getCallSignatures().map((signature) => {
        const result = signature.getReturnType();
        return { resultType: checker.getAwaitedType(result) ?? result };
      });
    }
  });
}

/** What a user may hold that is not the platform's or a library's. */
function isOwn(member: ts.Symbol): boolean {
  const files = (member.declarations ?? []).map((node) => node.getSourceFile().fileName);
  return files.length > 0 && !files.some((file) => /[/\\]node_modules[/\\]/.test(file));
}

function isOurs(type: ts.Type): boolean {
  return (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.UnionOrIntersection)) !== 0;
}

type Place = { readonly checker: ts.TypeChecker; readonly module: string };

function eachExport(modules: readonly string[], look: (exported: ts.Symbol, place: Place) => string[]): string[] {
  const { config } = ts.readConfigFile("tsconfig.json", (path) => ts.sys.readFile(path)) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, ".");
  const program = ts.createProgram(modules, { ...options, noEmit: true });
  const checker = program.getTypeChecker();
  return modules.flatMap((module) => {
    const source = program.getSourceFile(module);
    const symbol = source && checker.getSymbolAtLocation(source);
    if (symbol === undefined) return [`${module}: exports nothing`];
    return checker.getExportsOfModule(symbol).flatMap((exported) => look(exported, { checker, module }));
  });
}

function isDocumented(exported: ts.Symbol, checker: ts.TypeChecker): boolean {
  const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
  const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
  const isGenerated = symbol.declarations?.every((node) => /[/\\]generated[/\\]/.test(node.getSourceFile().fileName));
  const texts = [exported, symbol].flatMap((each) => each.getDocumentationComment(checker));
  return isGenerated === true || texts.some(({ text }) => text.trim() !== "");
}
