import { css } from 'lit';

export const elementStyles = css`
  :host {
    display: block;
    position: relative;
    height: var(--ganvas-height, 100%);
    min-height: 560px;
    overflow: hidden;
    contain: layout style;
    background: var(--_background);
    text-align: left;
  }
  .editor {
    display: flex;
    flex-direction: column;
    height: 100%;
    min-width: 0;
  }
  ganvas-top-bar,
  ganvas-problem-banner,
  ganvas-status-line {
    flex: none;
  }
  .body {
    flex: 1;
    min-height: 0;
    display: grid;
  }
  .scroll {
    overflow: hidden auto;
    overscroll-behavior: contain;
    scrollbar-width: thin;
    scrollbar-color: var(--_edge) transparent;
    min-height: 0;
  }
  .center {
    display: flex;
    flex-direction: column;
    min-width: 0;
    min-height: 0;
  }
  .center ganvas-stage {
    flex: 1;
  }
  .rail {
    display: flex;
    flex-direction: column;
    gap: 4px;
    padding: 8px 4px;
    border-right: 1px solid var(--_line);
    background: var(--_background);
  }
  .tab {
    display: flex;
    flex-direction: column;
    align-items: center;
    justify-content: center;
    gap: 4px;
    min-height: 52px;
    padding: 4px 0;
    border: 0;
    border-radius: var(--_radius);
    background: none;
    color: var(--_muted);
    font-size: 12px;
    line-height: 16px;
  }
  .tab:hover {
    background: var(--_hover);
    color: var(--_text);
  }
  .tab[aria-selected='true'] {
    background: var(--_accent-soft);
    color: var(--_accent);
  }
  .panel {
    border-right: 1px solid var(--_line);
  }
  .inspector {
    border-left: 1px solid var(--_line);
  }

  .body.wide {
    grid-template-columns: 80px 296px minmax(0, 1fr) clamp(328px, 25.5%, 368px);
  }
  .body.wide.no-rail {
    grid-template-columns: minmax(0, 1fr) clamp(328px, 25.5%, 368px);
  }

  .body.medium {
    grid-template-columns: 80px clamp(200px, 33%, 264px) minmax(0, 1fr);
    grid-template-rows: minmax(0, 1fr) minmax(200px, 38%);
  }
  .body.medium .rail,
  .body.medium .panel {
    grid-row: 1 / -1;
  }
  .body.medium.no-rail {
    grid-template-columns: minmax(0, 1fr);
  }
  .body.medium .inspector {
    border-left: 0;
    border-top: 1px solid var(--_line);
    box-shadow: 0 -8px 24px oklch(0 0 0 / 0.06);
    z-index: 1;
  }

  .body.narrow {
    grid-template-rows: minmax(280px, 50%) minmax(0, 1fr) auto;
  }
  /* The stage comes first and the tabs last, under the thumb. */
  .body.narrow .panel {
    order: 1;
    border-right: 0;
    border-top: 1px solid var(--_line);
  }
  .body.narrow .rail {
    order: 2;
    flex-direction: row;
    gap: 0;
    padding: 4px 8px;
    border: 0;
    border-top: 1px solid var(--_line);
    overflow-x: auto;
    scrollbar-width: none;
  }
  .body.narrow .tab {
    flex: 1 0 auto;
    min-width: 52px;
    min-height: 44px;
    gap: 2px;
    padding: 2px 3px;
  }
  .body.bare {
    grid-template-rows: minmax(0, 1fr);
  }
  .poster-sketch {
    color: var(--_edge);
  }
  .fallback-default {
    width: 100%;
    max-height: 100%;
  }
  ::slotted(img[slot='poster']) {
    display: block;
    width: min(320px, 100%);
    height: auto;
    border-radius: 4px;
  }
`;
