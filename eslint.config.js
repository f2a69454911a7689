import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  // Examples are checked as their readers have them: in a project that has the package installed (test/agent-app.test.ts).
  { ignores: ["dist/", "generated/", "coverage/", "examples/", "dist-site/", "docs/.vitepress/"] },
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ["eslint.config.js", "src/cli/sandglass.js"] } },
    },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      // An interface gives a generated type a name that editors show.
      "@typescript-eslint/no-empty-object-type": ["error", { allowInterfaces: "with-single-extends" }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "no-restricted-syntax": [
        "error",
        {
          selector: "ExportDefaultDeclaration",
          message: "Export by name: a default export has no name to search for.",
        },
      ],
    },
  },
  {
    files: ["mocks/**/*.ts"],
    ignores: ["**/*.test.ts", "**/*.fixture.ts", "mocks/kit/shell/worker.ts"], // a worker may end
    // A promise that is left alone says what becomes of its failure: it would end the process, and every world with it.
    rules: { "@typescript-eslint/no-floating-promises": ["error", { ignoreVoid: false }] },
  },
  { files: ["*.config.ts", "*.config.js"], rules: { "no-restricted-syntax": "off" } },
);
