import { css } from 'lit';

export const benchStyles = css`
  :host {
    --_surface: light-dark(oklch(1 0 0), oklch(0.235 0 0));
    --_line: light-dark(oklch(0.895 0 0), oklch(0.315 0 0));
    --_text: light-dark(oklch(0.24 0 0), oklch(0.93 0 0));
    --_muted: light-dark(oklch(0.47 0 0), oklch(0.73 0 0));
    --_accent: light-dark(oklch(0.5 0.2 275), oklch(0.76 0.125 280));
    --_on-accent: light-dark(oklch(1 0 0), oklch(0.18 0.03 280));
    --_other: light-dark(oklch(0.75 0.01 275), oklch(0.45 0.01 275));
    --_alert: light-dark(oklch(0.5 0.17 27), oklch(0.78 0.12 30));
    display: block;
    max-width: 900px;
    margin: 0 auto;
    padding: 24px;
    color: var(--_text);
    font:
      14px/20px system-ui,
      -apple-system,
      'Segoe UI',
      Roboto,
      'Noto Sans',
      sans-serif;
  }
  h1 {
    font-size: 20px;
    line-height: 28px;
    margin: 0;
  }
  h2 {
    font-size: 16px;
    line-height: 24px;
    margin: 32px 0 8px;
  }
  p {
    margin: 4px 0;
    max-width: 70ch;
  }
  .muted,
  .hint {
    color: var(--_muted);
  }
  .alert {
    color: var(--_alert);
  }
  form {
    display: grid;
    gap: 12px;
    margin: 20px 0;
    padding: 16px;
    background: var(--_surface);
    border: 1px solid var(--_line);
    border-radius: 8px;
  }
  fieldset {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(260px, 1fr));
    gap: 8px 16px;
    margin: 0;
    padding: 0;
    border: 0;
  }
  legend {
    margin-bottom: 4px;
    padding: 0;
    font-weight: 600;
  }
  label {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 0 8px;
    align-content: start;
    align-items: start;
  }
  label .hint {
    grid-column: 2;
    font-size: 12px;
    line-height: 16px;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: 8px 12px;
    align-items: center;
  }
  .row label {
    align-items: center;
  }
  input[type='number'] {
    width: 6em;
  }
  input[type='checkbox'] {
    accent-color: var(--_accent);
    margin: 3px 0;
  }
  button,
  input[type='number'] {
    box-sizing: border-box;
    min-height: 32px;
    padding: 0 12px;
    border: 1px solid var(--_line);
    border-radius: 6px;
    background: var(--_surface);
    color: inherit;
    font: inherit;
  }
  button {
    cursor: pointer;
  }
  button.primary {
    background: var(--_accent);
    border-color: var(--_accent);
    color: var(--_on-accent);
  }
  :focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  .scroll {
    overflow-x: auto;
  }
  table {
    border-collapse: collapse;
    font-variant-numeric: tabular-nums;
  }
  th,
  td {
    padding: 3px 12px 3px 0;
    border-bottom: 1px solid var(--_line);
    text-align: right;
    white-space: nowrap;
  }
  th:first-child,
  td:first-child {
    text-align: left;
  }
  th {
    color: var(--_muted);
    font-weight: 500;
  }
  svg {
    display: block;
    width: 100%;
    height: auto;
    margin: 8px 0;
    font-size: 12px;
  }
  text {
    fill: var(--_text);
    dominant-baseline: central;
  }
  .label,
  .end {
    text-anchor: end;
  }
  .middle {
    text-anchor: middle;
  }
  .tick {
    fill: var(--_muted);
  }
  .own {
    fill: var(--_accent);
  }
  .other {
    fill: var(--_other);
  }
  .whisker {
    stroke: var(--_text);
    stroke-width: 1.5;
  }
  .grid {
    stroke: var(--_line);
  }
  .roof {
    fill: none;
    stroke: var(--_text);
    stroke-width: 1.5;
  }
  .kernel {
    fill: var(--_accent);
    fill-opacity: 0.55;
    stroke: var(--_accent);
  }
`;
