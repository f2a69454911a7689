import { readdirSync, readFileSync } from "node:fs";
import type { UserConfig, DefaultTheme } from "vitepress";

/** The pages of a folder, by their first headings. */
function pagesOf(folder: string): DefaultTheme.SidebarItem[] {
  return readdirSync(`docs/${folder}`)
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => ({
      text: /^# (.*)$/m.exec(readFileSync(`docs/${folder}/${name}`, "utf8"))?.[1] ?? name,
      link: `/docs/${folder}/${name.replace(/\.md$/, "")}`,
    }));
}

/** The site is the repository's own Markdown, at the paths that it has there, so that one set of links serves both. */
const config: UserConfig<DefaultTheme.Config> = {
  title: "Sandglass",
  description: "A contract kit for the Recoup and OpenComputer sandbox APIs",
  srcDir: "..",
  srcExclude: ["**/node_modules/**", "test/**", "dist/**", "coverage/**"],
  outDir: "../dist-site",
  cacheDir: "../node_modules/.cache/vitepress",
  rewrites: { "README.md": "index.md" },
  // `<contract>` in a sentence is text. What has no page of its own is read in the repository.
  markdown: { html: false },
  ignoreDeadLinks: [/\.ya?ml$/, /LICENSE$/, /\/decisions\/index$/],
  themeConfig: {
    search: { provider: "local" },
    nav: [
      { text: "Tutorials", link: "/docs/tutorials/mock" },
      { text: "Reference", link: "/docs/reference/commands" },
    ],
    sidebar: [
      {
        text: "Sandglass",
        items: [
          { text: "What it is", link: "/" },
          { text: "Ten questions", link: "/docs/questions" },
          { text: "Reports, beside others", link: "/docs/reports-compared" },
        ],
      },
      { text: "Tutorials", items: pagesOf("tutorials") },
      { text: "Guides", items: pagesOf("guides") },
      { text: "Reference", collapsed: true, items: pagesOf("reference") },
      { text: "Decisions", collapsed: true, items: pagesOf("decisions") },
      {
        text: "Contracts",
        items: ["recoup", "opencomputer"].map((name) => ({ text: name, link: `/specs/${name}/README` })),
      },
    ],
  },
};
// VitePress reads the default export.
export { config as default };
