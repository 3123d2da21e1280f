import { css } from 'lit';

/**
 * Colours, spacing and type of the editor. Every `--ganvas-*` property is public and may be set from outside;
 * the `--_*` ones are what the parts read. `light-dark()` follows `color-scheme`, so a page can force either theme.
 */
export const tokens = css`
  :host {
    color-scheme: light dark;
    --_background: var(--ganvas-background, light-dark(oklch(0.985 0 0), oklch(0.205 0 0)));
    --_surface: var(--ganvas-surface, light-dark(oklch(1 0 0), oklch(0.235 0 0)));
    --_stage: var(--ganvas-stage, light-dark(oklch(0.945 0 0), oklch(0.155 0 0)));
    --_sunken: light-dark(oklch(0.945 0 0), oklch(0.27 0 0));
    --_hover: light-dark(oklch(0 0 0 / 0.055), oklch(1 0 0 / 0.075));
    --_line: var(--ganvas-line, light-dark(oklch(0.895 0 0), oklch(0.315 0 0)));
    --_edge: light-dark(oklch(0.62 0 0), oklch(0.56 0 0));
    --_text: var(--ganvas-text, light-dark(oklch(0.24 0 0), oklch(0.93 0 0)));
    --_muted: var(--ganvas-text-muted, light-dark(oklch(0.47 0 0), oklch(0.73 0 0)));
    --_accent: var(--ganvas-accent, light-dark(oklch(0.5 0.2 275), oklch(0.76 0.125 280)));
    --_on-accent: var(--ganvas-on-accent, light-dark(oklch(1 0 0), oklch(0.18 0.03 280)));
    --_accent-soft: color-mix(in oklab, var(--_accent) 14%, transparent);
    --_alert: light-dark(oklch(0.5 0.17 27), oklch(0.78 0.12 30));
    --_alert-soft: color-mix(in oklab, var(--_alert) 11%, var(--_surface));
    --_star: light-dark(oklch(0.72 0.15 75), oklch(0.82 0.14 82));
    --_radius: var(--ganvas-radius, 8px);
    --_radius-small: calc(var(--_radius) * 0.625);
    --_font: var(--ganvas-font, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif);
    --_motion: 120ms;
  }
  @media (prefers-reduced-motion: reduce) {
    :host {
      --_motion: 0s;
    }
  }
`;
