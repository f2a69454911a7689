/** The look of the HTML report: the reader's own fonts, light or dark as the reader has it. */
export const htmlStyle = `
:root { color-scheme: light dark; --line: light-dark(#d0d7de, #3d444d); --soft: light-dark(#f6f8fa, #151b23);
  --pass: light-dark(#116329, #3fb950); --fail: light-dark(#b3261e, #ff7b72); --dim: light-dark(#59636e, #9198a1); }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; background: light-dark(#fff, #0d1117); color: light-dark(#1f2328, #f0f6fc); }
main { max-width: 72rem; margin: auto; padding: 1rem; }
p, li, summary, td:first-child, td:last-child { overflow-wrap: anywhere; }
.seen { max-height: 12rem; overflow-y: auto; }
code, pre { font-family: ui-monospace, monospace; font-size: 13px; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; max-height: 30rem; overflow-y: auto; margin: .25rem 0 1rem; padding: .75rem;
  background: var(--soft); border: 1px solid var(--line); border-radius: 6px; }
h1 { margin: 1rem 0 .25rem; } h2 { margin: 2rem 0 .5rem; } h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
a { color: inherit; }
.state { font-size: 1.25rem; font-weight: 600; color: var(--fail); margin: 1rem 0 .25rem; } .state.good { color: var(--pass); }
.dim, .skip { color: var(--dim); } .warn { color: var(--fail); font-weight: 600; }
.level { display: inline-block; margin: 0 .25rem; padding: 0 .4rem; border: 1px solid currentColor; border-radius: 4px; font-size: 12px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid var(--line); }
td:first-child { min-width: 12rem; } td.level-cell { white-space: nowrap; }
details { margin: .75rem 0; } .grid { overflow-x: auto; } .grid th code { overflow-wrap: anywhere; }
.breach { padding: .5rem 1rem; border: 1px solid var(--line); border-left: 4px solid var(--fail); border-radius: 6px; }
.breach.waived { border-left-color: var(--dim); }
summary { cursor: pointer; }
.pass .verdict { color: var(--pass); } .fail .verdict, .error .verdict { color: var(--fail); }
.sequence { list-style: none; margin: 1rem 0; padding: 0; } .sequence li { padding: .25rem .5rem; overflow-wrap: anywhere; }
.call { border-left: 3px solid var(--dim); } .answer { border-right: 3px solid var(--dim); text-align: right; } .pause { text-align: center; color: var(--dim); }
.laws > summary { font-weight: 600; } .filters { display: flex; flex-wrap: wrap; gap: .5rem; } .filters[hidden] { display: none; }
.filters * { font: inherit; color: inherit; background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: .2rem .5rem; }
.filters input { flex: 1 1 12rem; min-width: 0; } :target { background: var(--soft); }
@media print { details::details-content { content-visibility: visible; display: block; } .filters { display: none; } }
@media (max-width: 40rem) { th, td { padding: .3rem; } td:first-child { min-width: 9rem; } }
`;
