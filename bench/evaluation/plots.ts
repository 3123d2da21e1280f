/** Small pictures for the report, as SVG that follows light and dark pages. */

const style =
  '<style>text{font:11px system-ui,sans-serif;fill:#333}.axis{stroke:#8888}@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>';

export interface Bar {
  readonly label: string;
  readonly values: readonly number[];
}

const rowHeight = 14;
const labelWidth = 110;
/** What the labels of bars may need beyond that. */
const labelOverhang = 80;
const barWidth = 320;
const colours = ['#3b76c2', '#e08b3a'];

/** Horizontal bars, one group a label; `mark` is a line that they are to reach, or not to pass. */
export function barChart(
  title: string,
  series: readonly string[],
  bars: readonly Bar[],
  { most, mark = null }: { readonly most: number; readonly mark?: number | null },
): string {
  const group = rowHeight * series.length + 6;
  const top = 40;
  const height = top + bars.length * group + 8;
  const x = (value: number): number => labelWidth + (barWidth * Math.min(most, Math.max(0, value))) / most;
  const rows = bars.flatMap(({ label, values }, index) => {
    const y = top + index * group;
    return [
      text(labelWidth - 6, y + (group - 6) / 2 + 4, label, 'end'),
      ...values.flatMap((value, which) => [
        `<rect x="${labelWidth}" y="${y + which * rowHeight}" width="${fixed(x(value) - labelWidth)}" height="${rowHeight - 2}" fill="${colours[which] ?? '#888'}"/>`,
        text(x(value) + 4, y + which * rowHeight + 10, format(value), 'start'),
      ]),
    ];
  });
  const line =
    mark === null
      ? []
      : [
          `<path class="axis" d="M${fixed(x(mark))} ${top - 4}V${height - 8}" stroke-dasharray="3 3"/>`,
          text(x(mark), top - 6, format(mark), 'middle'),
        ];
  const legend =
    series.length < 2
      ? []
      : series.map(
          (name, which) => `<tspan dx="${which * 12}" fill="${colours[which] ?? '#888'}">■ ${escaped(name)}</tspan>`,
        );
  const caption = `<text x="${-labelOverhang}" y="14" font-weight="bold">${escaped(title)}</text><text x="${labelWidth}" y="${top - 12}">${legend.join('')}</text>`;
  return document(labelWidth + barWidth + 60, height, [caption, ...line, ...rows], labelOverhang);
}

const cell = 34;

/** A square matrix of numbers from −1 to 1, red below and blue above. */
export function matrixPlot(title: string, names: readonly string[], values: readonly (readonly number[])[]): string {
  const left = labelWidth;
  const top = 96;
  const cells = values.flatMap((row, y) =>
    row.flatMap((value, x) => [
      `<rect x="${left + x * cell}" y="${top + y * cell}" width="${cell - 1}" height="${cell - 1}" fill="${value < 0 ? '#c2453b' : '#3b76c2'}" fill-opacity="${fixed(Math.min(1, Math.abs(value)))}"/>`,
      text(left + x * cell + cell / 2, top + y * cell + cell / 2 + 4, value.toFixed(2).replace('0.', '.'), 'middle'),
    ]),
  );
  const labels = names.flatMap((name, index) => [
    text(left - 6, top + index * cell + cell / 2 + 4, name, 'end'),
    `<text transform="translate(${left + index * cell + cell / 2} ${top - 6}) rotate(-45)">${escaped(name)}</text>`,
  ]);
  const caption = `<text x="0" y="14" font-weight="bold">${escaped(title)}</text>`;
  return document(left + names.length * cell + 60, top + names.length * cell + 4, [caption, ...labels, ...cells]);
}

/** One row a name, one column a layer, darker where more of the change is. */
export function layerStrips(
  title: string,
  rows: readonly { readonly name: string; readonly scores: readonly number[] }[],
): string {
  const count = Math.max(0, ...rows.map(({ scores }) => scores.length));
  const top = 40;
  const strips = rows.flatMap(({ name, scores }, y) => [
    text(labelWidth - 6, top + y * 18 + 12, name, 'end'),
    ...scores.map(
      (score, layer) =>
        `<rect x="${labelWidth + layer * cell}" y="${top + y * 18}" width="${cell - 1}" height="16" fill="#3b76c2" fill-opacity="${fixed(Math.min(1, score))}" stroke="#8884"/>`,
    ),
  ]);
  const heads = Array.from({ length: count }, (_, layer) =>
    text(labelWidth + layer * cell + cell / 2, top - 6, String(layer), 'middle'),
  );
  const caption = `<text x="0" y="14" font-weight="bold">${escaped(title)}</text>`;
  return document(labelWidth + count * cell + 8, top + rows.length * 18 + 6, [caption, ...heads, ...strips]);
}

function document(width: number, height: number, parts: readonly string[], overhang = 0): string {
  const whole = width + overhang;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${-overhang} 0 ${whole} ${height}" width="${whole}" height="${height}">${style}\n${parts.join('\n')}\n</svg>\n`;
}

function text(x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${fixed(x)}" y="${fixed(y)}" text-anchor="${anchor}">${escaped(words)}</text>`;
}

const fixed = (value: number): string => String(Number(value.toFixed(2)));
const format = (value: number): string => (Math.abs(value) < 10 ? value.toFixed(2) : value.toFixed(0));

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
