import { css } from 'lit';

export const stageStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    position: relative;
    min-width: 0;
    min-height: 0;
    background: var(--_stage);
  }
  .room {
    position: relative;
    flex: 1;
    min-height: 0;
    display: grid;
    place-items: center;
    overflow: hidden;
    touch-action: none;
  }
  .room:focus-visible {
    outline-offset: -3px;
  }
  .picture {
    grid-area: 1 / 1;
    position: relative;
    transform-origin: center;
    will-change: transform;
  }
  .picture canvas {
    display: block;
    width: 100%;
    height: 100%;
    border-radius: 2px;
    image-rendering: pixelated;
    box-shadow:
      0 0 0 1px oklch(0 0 0 / 0.06),
      0 4px 20px oklch(0 0 0 / 0.14);
  }
  .picture.smooth canvas {
    image-rendering: auto;
  }
  .target {
    position: absolute;
    inset: 0;
    border-radius: 2px;
    image-rendering: pixelated;
  }
  .picture.smooth .target {
    image-rendering: auto;
  }
  .poster {
    grid-area: 1 / 1;
    display: grid;
    place-items: center;
    align-content: center;
    gap: 16px;
    max-width: 100%;
    max-height: 100%;
    padding: 24px;
    text-align: center;
  }
  .waiting {
    display: grid;
    justify-items: center;
    gap: 8px;
    min-height: 40px;
    max-width: 44ch;
    color: var(--_muted);
  }
  .waiting b {
    color: var(--_text);
    font-weight: 550;
  }
  progress {
    max-width: 200px;
  }
  .badge {
    position: absolute;
    top: 12px;
    left: 50%;
    translate: -50%;
    padding: 4px 12px;
    border-radius: 999px;
    background: oklch(0 0 0 / 0.72);
    color: white;
    font-weight: 550;
    pointer-events: none;
  }
  .veil {
    position: absolute;
    inset: auto 16px 16px;
    padding: 8px 16px;
    border-radius: var(--_radius);
    background: var(--_surface);
    text-align: center;
  }
  .drop {
    position: absolute;
    inset: 8px;
    display: grid;
    place-items: center;
    padding: 24px;
    border: 2px dashed var(--_accent);
    border-radius: var(--_radius);
    background: color-mix(in oklab, var(--_surface) 90%, transparent);
    font-size: 16px;
    font-weight: 550;
    text-align: center;
    pointer-events: none;
  }
  .drop.refused {
    border-color: var(--_edge);
    color: var(--_muted);
  }
  .tools {
    display: flex;
    flex: none;
    align-items: center;
    justify-content: center;
    gap: 2px;
    min-height: 44px;
    padding: 4px 8px 8px;
  }
  .divider {
    width: 1px;
    height: 16px;
    margin: 0 6px;
    background: var(--_line);
  }
  .hold {
    touch-action: none;
    user-select: none;
    color: var(--_muted);
  }
  .hold[aria-pressed='true'] {
    background: var(--_accent-soft);
    color: var(--_text);
  }
  .scale {
    min-width: 56px;
    padding: 0 4px;
    color: var(--_muted);
  }
  .star[aria-pressed='true'] {
    color: var(--_star);
  }
  /* A square leaves room at its side: the tools stand there, and the picture gets the whole height. */
  :host([layout='narrow']) .tools {
    position: absolute;
    inset: 0 0 0 auto;
    flex-direction: column;
    justify-content: center;
    width: 44px;
    padding: 0;
    gap: 4px;
  }
  :host([layout='narrow']) :is(.zoom, .scale, .divider, .hold .text) {
    display: none;
  }
  :host([layout='narrow']) .hold {
    min-width: 40px;
    padding: 0;
  }
`;
