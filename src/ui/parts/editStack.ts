import { LitElement, css, html, nothing } from 'lit';
import { property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { styleProperties } from '../style/styleProperties.js';
import type { DirectionSummary } from '../../workbench/api.js';
import type { Edit } from '../../latent/recipe.js';
import type { EditorSession } from '../session/editorSession.js';
import { emptyView, type EditorView } from '../session/view.js';
import { shared } from '../style/shared.js';
import { inOrder } from '../directionWords.js';
import { formatSigned } from '../format.js';
import { EditRow, type MoveRowEvent } from './editRow.js';
import type { NumberEvent } from './numberField.js';
import type { SlideEvent } from './slider.js';

const suggestionLimit = 5;

interface RowDrag {
  readonly from: number;
  readonly to: number;
  readonly offset: number;
}

/**
 * The edits, in order, and below them directions that are ready to be moved: a suggested slider becomes an edit with
 * its first movement, so that an untouched recipe stays empty.
 */
export class EditStack extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      header {
        display: flex;
        align-items: center;
        justify-content: space-between;
        min-height: 44px;
        padding: 6px 8px 6px 16px;
        border-bottom: 1px solid var(--_line);
      }
      .rows {
        position: relative;
      }
      ganvas-edit-row[data-dragged] {
        position: relative;
        z-index: 2;
        box-shadow: 0 4px 16px oklch(0 0 0 / 0.2);
      }
      ganvas-edit-row[data-target='before'] {
        box-shadow: inset 0 2px 0 var(--_accent);
      }
      ganvas-edit-row[data-target='after'] {
        box-shadow: inset 0 -2px 0 var(--_accent);
      }
      .hint {
        padding: 12px 16px 4px;
        color: var(--_muted);
      }
      .suggestion {
        display: grid;
        grid-template-columns: 1fr 60px;
        align-items: center;
        padding: 4px 12px 6px 16px;
      }
      .suggestion .name {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        color: var(--_muted);
      }
      .suggestion:focus-within .name,
      .suggestion:hover .name {
        color: var(--_text);
      }
      .suggestion ganvas-slider {
        grid-column: 1 / -1;
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) view: EditorView = emptyView;
  @state() private drag: RowDrag | null = null;

  protected override render(): unknown {
    const { state, adopting } = this.view;
    const edits = state.recipe?.edits ?? [];
    const shown = adopting === null ? edits : edits.slice(0, -1);
    return html`
      <header>
        <h2 id="title">Edits</h2>
        <button
          type="button"
          class="button"
          ?disabled=${shown.length === 0}
          @click=${() => void this.session?.commit({ kind: 'clear-edits' })}
        >
          Clear all
        </button>
      </header>
      <div
        class="rows"
        role="list"
        aria-labelledby="title"
        @pointerdown=${this.onPointerDown}
        @pointermove=${this.onPointerMove}
        @pointerup=${this.onPointerUp}
        @pointercancel=${() => (this.drag = null)}
        @move-row=${this.onMoveRow}
      >
        ${repeat(
          shown,
          (_, index) => this.rowKey(index),
          (edit, index) => this.renderRow(edit, index),
        )}
      </div>
      ${this.renderSuggestions(shown.length)}
    `;
  }

  /** The n-th row of the same direction keeps its element when others move around it. */
  private rowKey(index: number): string {
    const ids = this.view.state.editDirectionIds;
    const id = ids[index] ?? '';
    return `${id} ${ids.slice(0, index).filter((other) => other === id).length}`;
  }

  private renderRow(edit: Edit, index: number): unknown {
    const { state, selectedEdit } = this.view;
    const directionId = state.editDirectionIds[index] ?? null;
    const direction = state.directions.find(({ id }) => id === directionId);
    const { drag } = this;
    const dragged = drag?.from === index;
    const target =
      drag !== null && drag.to === index && !dragged ? (drag.to < drag.from ? 'before' : 'after') : nothing;
    return html`<ganvas-edit-row
      role="listitem"
      .session=${this.session}
      .edit=${edit}
      .index=${index}
      .directionId=${directionId}
      .layers=${state.model?.layers ?? []}
      .unit=${direction?.unit ?? ''}
      .conditionIds=${state.editConditionIds[index] ?? []}
      .directions=${state.directions}
      .measures=${direction?.measures ?? null}
      ?whole=${direction?.space === 'z'}
      ?selected=${selectedEdit === index}
      ?muted=${edit.muted}
      ?data-dragged=${dragged}
      data-target=${target}
      ${styleProperties(dragged ? { translate: `0 ${drag.offset}px` } : {})}
    ></ganvas-edit-row>`;
  }

  private renderSuggestions(rows: number): unknown {
    const { state, adopting } = this.view;
    const used = new Set(state.editDirectionIds.filter((id) => id !== adopting));
    const found = this.view.discovery?.found ?? [];
    const suggestions = inOrder(state.directions, found)
      .filter((direction) => !used.has(direction.id))
      .slice(0, suggestionLimit);
    if (suggestions.length === 0) {
      return rows > 0 ? nothing : html`<p class="hint">${emptyHint(this.view)}</p>`;
    }
    return html`
      <p class="hint small">Ready to move</p>
      ${repeat(
        suggestions,
        (direction) => direction.id,
        (direction) => this.renderSuggestion(direction),
      )}
    `;
  }

  private renderSuggestion(direction: DirectionSummary): unknown {
    const adopted = this.view.adopting === direction.id ? this.view.state.recipe?.edits.at(-1) : undefined;
    const strength = adopted?.strength ?? 0;
    const session = this.session;
    return html`<div class="suggestion" data-direction=${direction.id} title=${`1 = ${direction.unit}`}>
      <span class="name">${direction.name}</span>
      <ganvas-number-field
        plain
        signed
        label=${`Strength of ${direction.name}`}
        .value=${strength}
        .min=${-1000}
        .max=${1000}
        @number=${(event: NumberEvent) => void session?.adopt(direction.id, event.value, 'commit')}
      ></ganvas-number-field>
      <ganvas-slider
        label=${direction.name}
        valueText=${`${direction.name} ${formatSigned(strength)}`}
        .marks=${[-5, 5]}
        .value=${strength}
        @slide=${(event: SlideEvent) => event.until(session?.adopt(direction.id, event.value, event.phase) ?? Promise.resolve())}
      ></ganvas-slider>
    </div>`;
  }

  private get rows(): EditRow[] {
    return [...(this.shadowRoot?.querySelectorAll<EditRow>('ganvas-edit-row') ?? [])];
  }

  private dragStart = 0;

  private onPointerDown(event: PointerEvent & { currentTarget: HTMLElement }): void {
    const path = event.composedPath();
    const onGrip = path.some((node) => node instanceof HTMLElement && node.classList.contains('grip'));
    const row = path.find((node): node is EditRow => node instanceof EditRow);
    if (!onGrip || row === undefined || event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    this.dragStart = event.clientY;
    this.drag = { from: row.index, to: row.index, offset: 0 };
  }

  private onPointerMove(event: PointerEvent): void {
    const { drag } = this;
    if (drag === null) return;
    const over = this.rows.findIndex((row, index) => {
      if (index === drag.from) return false;
      const box = row.getBoundingClientRect();
      return event.clientY >= box.top && event.clientY < box.bottom;
    });
    const boxes = this.rows.map((row) => row.getBoundingClientRect());
    const last = boxes.at(-1);
    const outside = last !== undefined && event.clientY >= last.bottom ? boxes.length - 1 : null;
    this.drag = {
      from: drag.from,
      to: over >= 0 ? over : (outside ?? drag.from),
      offset: event.clientY - this.dragStart,
    };
  }

  private onPointerUp(): void {
    const { drag } = this;
    this.drag = null;
    if (drag !== null) void this.move(drag.from, drag.to);
  }

  private onMoveRow(event: MoveRowEvent): void {
    if (!(event.target instanceof EditRow)) return;
    const from = event.target.index;
    const to = from + event.by;
    void this.move(from, to)?.then(async () => {
      await this.updateComplete;
      this.rows[to]?.focusGrip();
    });
  }

  private move(from: number, to: number): Promise<void> | undefined {
    const count = this.rows.length;
    if (from === to || to < 0 || to >= count) return undefined;
    this.session?.select(to);
    return this.session?.commit({ kind: 'move-edit', from, to });
  }
}

function emptyHint(view: EditorView): string {
  const { model } = view.state;
  if (view.discovering) return 'Looking for directions…';
  if (model === null) return 'Edits of the picture are listed here, each with a slider.';
  if (model.lacks.sefa !== null) return 'No edits yet. Drop a directions file (.safetensors) on the picture.';
  return 'No edits yet. Find directions, then move their sliders here.';
}
