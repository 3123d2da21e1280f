import { html, type TemplateResult } from 'lit';
import { icon, type IconName } from './style/icons.js';

export type Layout = 'wide' | 'medium' | 'narrow';
/** `edits` has a tab only on narrow screens; elsewhere the inspector is always there. */
export type Tool = 'explore' | 'walk' | 'directions' | 'invert' | 'units' | 'measure' | 'edits';

const tabs: Readonly<Record<Tool, { readonly name: string; readonly icon: IconName }>> = {
  edits: { name: 'Edits', icon: 'edits' },
  explore: { name: 'Explore', icon: 'explore' },
  walk: { name: 'Walk', icon: 'walk' },
  directions: { name: 'Directions', icon: 'directions' },
  invert: { name: 'Invert', icon: 'invert' },
  units: { name: 'Units', icon: 'units' },
  measure: { name: 'Measure', icon: 'measure' },
};

export interface RailOptions {
  readonly tools: readonly Tool[];
  readonly selected: Tool;
  readonly layout: Layout;
  readonly select: (tool: Tool) => void;
}

/** Tabs of the tools; part of the editor's own tree, so that they can point at the panel they control. */
export function renderRail({ tools, selected, layout, select }: RailOptions): TemplateResult {
  return html`<div
    class="rail"
    role="tablist"
    aria-label="Tools"
    aria-orientation=${layout === 'narrow' ? 'horizontal' : 'vertical'}
    @keydown=${moveAlong}
  >
    ${tools.map(
      (tool) =>
        html`<button
          type="button"
          class="tab"
          role="tab"
          id=${`tab-${tool}`}
          data-tool=${tool}
          aria-selected=${tool === selected}
          aria-controls="panel"
          tabindex=${tool === selected ? 0 : -1}
          @click=${() => select(tool)}
        >
          ${icon(tabs[tool].icon, 20)}${tabs[tool].name}
        </button>`,
    )}
  </div>`;
}

/** Arrows select the next tab, as in any tab list. */
function moveAlong(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (step === undefined || !(event.currentTarget instanceof HTMLElement)) return;
  event.preventDefault();
  event.stopPropagation();
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=tab]')];
  const at = all.findIndex((tab) => tab.getAttribute('aria-selected') === 'true');
  const next = all[(at + step + all.length) % all.length];
  next?.click();
  next?.focus();
}
