import { css } from 'lit';

/** Base rules that every part adopts: type, focus, buttons, fields. Native controls, drawn on the token colours. */
export const shared = css`
  :host {
    box-sizing: border-box;
    font: 13px/1.45 var(--_font);
    font-variant-numeric: tabular-nums;
    color: var(--_text);
    -webkit-tap-highlight-color: transparent;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  h2,
  h3,
  p,
  ul,
  ol,
  dl,
  dd,
  fieldset {
    margin: 0;
    padding: 0;
    border: 0;
    list-style: none;
    min-width: 0;
  }
  h2 {
    font-size: 13px;
    font-weight: 600;
    line-height: 20px;
  }
  h3 {
    font-size: 12px;
    font-weight: 600;
    line-height: 16px;
  }
  svg {
    display: block;
    flex: none;
  }
  :focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 1px;
  }
  .muted {
    color: var(--_muted);
  }
  .small {
    font-size: 12px;
    line-height: 16px;
  }
  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  button {
    font: inherit;
    color: inherit;
    margin: 0;
    cursor: pointer;
    touch-action: manipulation;
  }
  button:disabled {
    cursor: default;
  }
  .icon-button,
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 6px;
    min-width: 32px;
    height: 32px;
    padding: 0 10px;
    border: 1px solid transparent;
    border-radius: var(--_radius-small);
    background: none;
    white-space: nowrap;
    transition:
      background-color var(--_motion),
      color var(--_motion);
  }
  .icon-button {
    padding: 0;
    color: var(--_muted);
  }
  .icon-button:hover:not(:disabled),
  .button:hover:not(:disabled) {
    background: var(--_hover);
    color: var(--_text);
  }
  .icon-button:disabled,
  .button:disabled {
    opacity: 0.38;
  }
  .icon-button[aria-pressed='true'] {
    color: var(--_accent);
  }
  .button.outlined {
    border-color: var(--_line);
    background: var(--_surface);
  }
  .button.primary {
    background: var(--_accent);
    color: var(--_on-accent);
    font-weight: 550;
  }
  .button.primary:hover:not(:disabled) {
    background: color-mix(in oklab, var(--_accent) 88%, var(--_text));
    color: var(--_on-accent);
  }
  .compact {
    min-width: 28px;
    height: 28px;
  }
  input:is([type='text'], [type='number'], [type='search']),
  select {
    font: inherit;
    color: inherit;
    height: 28px;
    min-width: 0;
    padding: 0 8px;
    border: 1px solid var(--_line);
    border-radius: var(--_radius-small);
    background: var(--_surface);
  }
  input:is([type='text'], [type='number'], [type='search']):hover:not(:disabled),
  select:hover:not(:disabled) {
    border-color: var(--_edge);
  }
  input::placeholder {
    color: var(--_muted);
    opacity: 1;
  }
  kbd {
    display: inline-block;
    min-width: 22px;
    padding: 1px 6px;
    border: 1px solid var(--_line);
    border-bottom-width: 2px;
    border-radius: 5px;
    background: var(--_surface);
    font: 12px/16px var(--_font);
    text-align: center;
  }
  .segmented {
    display: inline-flex;
    padding: 2px;
    gap: 2px;
    border-radius: var(--_radius-small);
    background: var(--_sunken);
  }
  .segmented label {
    position: relative;
    display: inline-flex;
    flex: 1;
  }
  .segmented input {
    position: absolute;
    inset: 0;
    margin: 0;
    opacity: 0;
    cursor: pointer;
  }
  .segmented span {
    display: inline-flex;
    flex: 1;
    align-items: center;
    justify-content: center;
    height: 24px;
    padding: 0 10px;
    border-radius: 4px;
    color: var(--_muted);
    white-space: nowrap;
    transition: background-color var(--_motion);
  }
  .segmented input:checked + span {
    background: var(--_surface);
    color: var(--_text);
    box-shadow: 0 1px 2px oklch(0 0 0 / 0.14);
  }
  .segmented input:focus-visible + span {
    outline: 2px solid var(--_accent);
  }
  .segmented input:disabled + span {
    opacity: 0.45;
  }
  @media (pointer: coarse) {
    .icon-button,
    .button {
      min-width: 40px;
      height: 40px;
    }
    .compact {
      min-width: 36px;
      height: 36px;
    }
    input:is([type='text'], [type='number'], [type='search']),
    select {
      height: 36px;
      font-size: 16px;
    }
    .segmented span {
      height: 32px;
    }
  }
  @media (forced-colors: active) {
    .segmented input:checked + span {
      outline: 2px solid Highlight;
    }
  }
`;
