import { nothing, svg, type TemplateResult } from 'lit';

export interface Bar {
  readonly name: string;
  readonly value: number;
  /** First and third quartile, drawn as a whisker. */
  readonly spread?: readonly [number, number];
  /** Drawn in the accent: what is ours, or the best. */
  readonly isOwn: boolean;
}

const rowHeight = 22;
const labelWidth = 300;
const plotWidth = 420;
const width = labelWidth + plotWidth + 90;

/** Horizontal bars from 0, the shortest time the shortest bar. */
export function barChart(bars: readonly Bar[], unit: string, title: string): TemplateResult {
  const largest = Math.max(...bars.map(({ value, spread }) => Math.max(value, spread?.[1] ?? 0)));
  const length = (value: number): number => (plotWidth * value) / largest;
  return svg`<svg class="bars" viewBox="0 0 ${width} ${bars.length * rowHeight}" role="img" aria-label=${title}>
    ${bars.map(({ name, value, spread, isOwn }, row) => {
      const middle = row * rowHeight + rowHeight / 2;
      return svg`
        <text class="label" x=${labelWidth - 8} y=${middle}>${name}</text>
        <rect class=${isOwn ? 'own' : 'other'} x=${labelWidth} y=${middle - 7} width=${length(value)} height="14" rx="2"></rect>
        ${
          spread === undefined
            ? nothing
            : svg`<line class="whisker" x1=${labelWidth + length(spread[0])} x2=${labelWidth + length(spread[1])} y1=${middle} y2=${middle}></line>`
        }
        <text class="value" x=${labelWidth + length(Math.max(value, spread?.[1] ?? 0)) + 6} y=${middle}>${formatValue(value)} ${unit}</text>`;
    })}
  </svg>`;
}

/** Three figures that count. */
export function formatValue(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
