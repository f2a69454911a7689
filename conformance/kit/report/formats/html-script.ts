import { createHash } from "node:crypto";

/**
 * What the HTML report does where scripts run: it searches and filters its laws, and opens what a link leads to. Without it the
 * page reads the same, unfiltered.
 */
export const htmlScript = `
for (const section of document.querySelectorAll("section")) {
  const bar = section.querySelector(".filters");
  const rows = [...section.querySelectorAll("tr[data-level]")];
  const folds = [...section.querySelectorAll(".laws")];
  const choice = (label, values) => {
    const select = document.createElement("select");
    select.setAttribute("aria-label", label);
    select.append(new Option(label, ""), ...[...new Set(values)].sort().map((value) => new Option(value, value)));
    bar.append(select);
    return select;
  };
  const search = Object.assign(document.createElement("input"), { type: "search", placeholder: "search the laws" });
  search.setAttribute("aria-label", "Search the laws");
  bar.append(search);
  const level = choice("level", rows.map((row) => row.dataset.level));
  const verdict = choice("verdict", rows.map((row) => row.className));
  const operation = choice("operation", rows.map((row) => row.dataset.operation));
  const filter = () => {
    const wanted = search.value.toLowerCase();
    for (const row of rows)
      row.hidden = !(
        row.textContent.toLowerCase().includes(wanted) &&
        (level.value === "" || row.dataset.level === level.value) &&
        (verdict.value === "" || row.className === verdict.value) &&
        (operation.value === "" || row.dataset.operation === operation.value)
      );
    const isFiltered = wanted + level.value + verdict.value + operation.value !== "";
    for (const fold of folds) {
      fold.hidden = rows.every((row) => row.hidden || !fold.contains(row));
      fold.open = isFiltered && !fold.hidden;
    }
  };
  bar.addEventListener("input", filter);
  bar.hidden = false;
}
const openLinked = () => {
  const linked = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let at = linked; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  linked?.scrollIntoView();
};
addEventListener("hashchange", openLinked);
openLinked();
`;

/** What the page's policy knows the script by. */
export const htmlScriptHash = `sha256-${createHash("sha256").update(htmlScript).digest("base64")}`;
