/** The report's style sheet: light and dark by the reader's own setting, nothing fetched from anywhere. */
export const STYLE = `
:root { color-scheme: light dark; --paper: #fbfbfa; --ink: #1c2127; --dim: #66707b; --line: #dfe2e6; --card: #ffffff;
  --bar: #2f6f9f; --fail: #b8402f; --good: #2b7a4b; --warn: #9a6a08; --inside: #ffffff; --tile: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --paper: #15181c; --ink: #e4e7ea; --dim: #98a2ad; --line: #2d333a; --card: #1b1f24;
  --bar: #4a90c2; --fail: #e0705e; --good: #63b984; --warn: #d9a441; --inside: #0f1418; --tile: #0f1418; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1040px; margin: 0 auto; padding: 40px 24px 72px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { font-size: 17px; margin: 40px 0 12px; }
h3 { font-size: 15px; margin: 24px 0 8px; display: flex; justify-content: space-between; gap: 16px; }
h3 span { color: var(--dim); font-weight: 400; }
.sub, .note { color: var(--dim); margin: 0; }
.note { font-size: 13px; margin-top: 6px; }
.state { font-weight: 600; color: var(--good); } .state.failed { color: var(--fail); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 24px 0 0; padding: 0; }
.facts div { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; }
.facts dt { color: var(--dim); font-size: 13px; } .facts dd { margin: 2px 0 0; font-size: 20px; font-variant-numeric: tabular-nums; }
.problem { border: 1px solid var(--fail); border-radius: 8px; padding: 12px 16px; margin: 24px 0 0; }
.problem p { margin: 4px 0 0; color: var(--dim); overflow-wrap: anywhere; }
.warnings { padding-left: 20px; } .warnings b { color: var(--warn); font-weight: 600; }
svg { display: block; width: 100%; height: auto; }
svg.types { height: 26px; border-radius: 4px; } svg.map { border-radius: 4px; }
svg text { font: 13px system-ui, sans-serif; fill: var(--ink); }
svg .grid { stroke: var(--line); } svg .tick { fill: var(--dim); font-size: 12px; }
svg .name { font-weight: 600; } svg .value { fill: var(--dim); } svg .value.inside { fill: var(--inside); }
svg .bar { fill: var(--bar); } svg .bar.failed { fill: var(--fail); }
svg .tile { fill: var(--tile); font-size: 11.5px; pointer-events: none; } svg .tile.dim { opacity: 0.75; }
.c0 { fill: #2f6f9f; background: #2f6f9f; } .c1 { fill: #b2672e; background: #b2672e; } .c2 { fill: #3c7f57; background: #3c7f57; }
.c3 { fill: #87548f; background: #87548f; } .c4 { fill: #8a7420; background: #8a7420; } .c5 { fill: #a8485c; background: #a8485c; }
.c6 { fill: #3d7f86; background: #3d7f86; } .c7 { fill: #6b6f76; background: #6b6f76; }
@media (prefers-color-scheme: dark) { .c0 { fill: #5fa3d3; background: #5fa3d3; } .c1 { fill: #dd9a63; background: #dd9a63; }
  .c2 { fill: #6fb58b; background: #6fb58b; } .c3 { fill: #ba8ac2; background: #ba8ac2; } .c4 { fill: #c4ad55; background: #c4ad55; }
  .c5 { fill: #d98195; background: #d98195; } .c6 { fill: #70b4bb; background: #70b4bb; } .c7 { fill: #a1a6ad; background: #a1a6ad; } }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th { text-align: left; color: var(--dim); font-weight: 400; font-size: 13px; }
th, td { padding: 6px 16px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code { font: 12.5px/1.5 ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.key { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 8px; }
details { margin-top: 12px; } summary { cursor: pointer; color: var(--dim); }
footer { margin-top: 56px; color: var(--dim); font-size: 13px; }
`;
