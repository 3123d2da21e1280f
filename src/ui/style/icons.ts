import { svg, html, type SVGTemplateResult, type TemplateResult } from 'lit';

/** One set on a 20-unit grid with 1.5 strokes. Icons are decoration: the control around them carries the name. */
const drawings = {
  explore: svg`<rect x="3" y="3" width="5.5" height="5.5" rx="1"/><rect x="11.5" y="3" width="5.5" height="5.5" rx="1"/><rect x="3" y="11.5" width="5.5" height="5.5" rx="1"/><rect x="11.5" y="11.5" width="5.5" height="5.5" rx="1"/>`,
  walk: svg`<circle cx="4.2" cy="15.8" r="1.7"/><circle cx="15.8" cy="4.2" r="1.7"/><path d="M5.9 15.6c4.6-.3 6.4-2.2 5.2-4.6-1.2-2.5-1.6-4.4 3-6.3"/>`,
  directions: svg`<circle cx="10" cy="10" r="1.6"/><path d="M10 7V2.8M7.8 4.8 10 2.6l2.2 2.2M13 10h4.2M15.2 7.8l2.2 2.2-2.2 2.2M8.4 11.6l-4.2 4.2M3.8 12.6v3.6h3.6"/>`,
  invert: svg`<rect x="3" y="3" width="9" height="9" rx="1"/><path d="M15 6.5v2.2a1 1 0 0 1-1 1M8 15h1.5"/><circle cx="13.5" cy="13.5" r="3.5"/><path d="M12.4 12.9v.1M14.6 12.9v.1M12.3 14.7c.7.6 1.7.6 2.4 0"/>`,
  units: svg`<rect x="3" y="3" width="14" height="14" rx="1.5"/><path d="M7.7 3v14M12.3 3v14M3 7.7h14M3 12.3h14"/><path fill="currentColor" stroke="none" d="M8.4 8.4h3.2v3.2H8.4z"/>`,
  measure: svg`<path d="M3 16.5h14M5.5 16.5v-5M10 16.5v-12M14.5 16.5v-8"/>`,
  brush: svg`<path d="m8.6 11.4 7-7.3 1.3 1.3-7.3 7M8.6 11.4c-1.9-.4-3.2.5-3.6 2.1-.3 1-.9 1.7-2 2 2.7.9 5.9.4 6.6-1.9.2-.8.1-1.5-.3-2.2z"/>`,
  picture: svg`<rect x="3" y="4" width="14" height="12" rx="1.5"/><circle cx="7.2" cy="8" r="1.3"/><path d="m3.5 14.5 4-3.6 2.6 2.3 3.2-3.4 3.4 3.6"/>`,
  play: svg`<path d="M6.5 4.2v11.6l9-5.8z"/>`,
  pause: svg`<path d="M7 4.5v11M13 4.5v11"/>`,
  edits: svg`<path d="M3 5.5h7M14 5.5h3M3 14.5h3M10 14.5h7"/><circle cx="12" cy="5.5" r="2"/><circle cx="8" cy="14.5" r="2"/>`,
  undo: svg`<path d="M7 4 3.5 7.5 7 11"/><path d="M3.5 7.5h8a4.5 4.5 0 0 1 0 9H8"/>`,
  redo: svg`<path d="m13 4 3.5 3.5L13 11"/><path d="M16.5 7.5h-8a4.5 4.5 0 0 0 0 9H12"/>`,
  save: svg`<path d="M10 3v9M6.5 8.8 10 12.3l3.5-3.5M3.5 13v2.5a1 1 0 0 0 1 1h11a1 1 0 0 0 1-1V13"/>`,
  link: svg`<path d="M8.3 11.7a3.2 3.2 0 0 0 4.5 0l2.9-2.9a3.2 3.2 0 0 0-4.5-4.5l-1.3 1.3"/><path d="M11.7 8.3a3.2 3.2 0 0 0-4.5 0l-2.9 2.9a3.2 3.2 0 0 0 4.5 4.5l1.3-1.3"/>`,
  help: svg`<path d="M7.4 7.4a2.7 2.7 0 1 1 4.3 2.2c-.9.6-1.7 1.1-1.7 2.3"/><path d="M10 14.9v.1"/>`,
  open: svg`<path d="M3 15.5v-10a1 1 0 0 1 1-1h3.6l1.8 2H15a1 1 0 0 1 1 1v1.2"/><path d="M3 15.5 5 9.2a.7.7 0 0 1 .7-.5h11.2a.6.6 0 0 1 .6.8l-1.9 5.9a.9.9 0 0 1-.9.6H3.5a.5.5 0 0 1-.5-.5z"/>`,
  star: svg`<path d="m10 3 2.1 4.5 4.9.6-3.6 3.4.9 4.9L10 14l-4.3 2.4.9-4.9L3 8.1l4.9-.6z"/>`,
  starred: svg`<path fill="currentColor" d="m10 3 2.1 4.5 4.9.6-3.6 3.4.9 4.9L10 14l-4.3 2.4.9-4.9L3 8.1l4.9-.6z"/>`,
  dice: svg`<rect x="3.5" y="3.5" width="13" height="13" rx="2.5"/><g fill="currentColor" stroke="none"><circle cx="7.2" cy="7.2" r="1.1"/><circle cx="12.8" cy="7.2" r="1.1"/><circle cx="10" cy="10" r="1.1"/><circle cx="7.2" cy="12.8" r="1.1"/><circle cx="12.8" cy="12.8" r="1.1"/></g>`,
  eye: svg`<path d="M2.5 10S5.3 5 10 5s7.5 5 7.5 5-2.8 5-7.5 5-7.5-5-7.5-5z"/><circle cx="10" cy="10" r="2.2"/>`,
  eyeOff: svg`<path d="M4.6 6.6A12 12 0 0 0 2.5 10s2.8 5 7.5 5c1.2 0 2.3-.3 3.2-.8M8 5.2A7.5 7.5 0 0 1 10 5c4.7 0 7.5 5 7.5 5s-.7 1.2-1.9 2.5M3.5 3.5l13 13"/>`,
  more: svg`<g fill="currentColor" stroke="none"><circle cx="10" cy="4.6" r="1.35"/><circle cx="10" cy="10" r="1.35"/><circle cx="10" cy="15.4" r="1.35"/></g>`,
  chevron: svg`<path d="m7.5 5 5 5-5 5"/>`,
  previous: svg`<path d="m12 5-5 5 5 5"/>`,
  grip: svg`<g fill="currentColor" stroke="none"><circle cx="7" cy="5" r="1.15"/><circle cx="13" cy="5" r="1.15"/><circle cx="7" cy="10" r="1.15"/><circle cx="13" cy="10" r="1.15"/><circle cx="7" cy="15" r="1.15"/><circle cx="13" cy="15" r="1.15"/></g>`,
  plus: svg`<path d="M10 4v12M4 10h12"/>`,
  minus: svg`<path d="M4 10h12"/>`,
  fit: svg`<path d="M3.5 7.5v-4h4M16.5 7.5v-4h-4M3.5 12.5v4h4M16.5 12.5v4h-4"/>`,
  before: svg`<rect x="3" y="4" width="14" height="12" rx="1.5"/><path d="M10 2.5v15"/><path fill="currentColor" stroke="none" d="M4.5 5.5H9v9H4.5z" opacity=".45"/>`,
  crisp: svg`<path d="M3 17v-4.7h4.7V7.7h4.6V3H17v14z"/>`,
  smooth: svg`<path d="M3 17C4.5 10.5 10 11.5 11.5 8.5 13 5.5 14.5 3.5 17 3v14z"/>`,
  close: svg`<path d="m5 5 10 10M15 5 5 15"/>`,
  search: svg`<circle cx="9" cy="9" r="5"/><path d="m12.8 12.8 4 4"/>`,
  alert: svg`<path d="M10 3.2 17.6 16.4H2.4z"/><path d="M10 8.3v3.6M10 14.2v.1"/>`,
} satisfies Record<string, SVGTemplateResult>;

export type IconName = keyof typeof drawings;

export function icon(name: IconName, size = 18): TemplateResult {
  return html`<svg
    width=${size}
    height=${size}
    viewBox="0 0 20 20"
    fill="none"
    stroke="currentColor"
    stroke-width="1.5"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${drawings[name]}
  </svg>`;
}
