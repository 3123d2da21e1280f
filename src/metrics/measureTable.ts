/** A comparison as a table for people and for programs. */
import type { MethodMeasures, ModelMeasures } from './methodMeasures.js';

export interface MeasuredModel {
  readonly model: string;
  readonly samples: number;
  readonly seed: number;
  readonly attributes: readonly string[];
  readonly methods: readonly MethodMeasures[];
  readonly measures: ModelMeasures;
}

const columns = [
  ['disentanglement', 'Disentanglement'],
  ['completeness', 'Completeness'],
  ['informativeness', 'Informativeness'],
  ['mig', 'MIG'],
  ['sap', 'SAP'],
  ['bestCorrelation', 'Best correlation'],
  ['sideEffect', 'Side effect'],
] as const satisfies readonly (readonly [Exclude<keyof MethodMeasures, 'method'>, string])[];

/** GitHub's Markdown: one row a method, then the model's own measures in a sentence. */
export function measuresAsMarkdown(measured: MeasuredModel): string {
  const { model, samples, seed, attributes, methods, measures } = measured;
  const rows = methods.map((row) => [row.method, ...columns.map(([key]) => number(row[key], '–'))]);
  const head = ['Method', ...columns.map(([, title]) => title)];
  return `${[
    `${model}: ${samples} samples of seed ${seed}, by ${attributes.join(', ')}.`,
    '',
    ...[head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...rows].map(
      (cells) => `| ${cells.join(' | ')} |`,
    ),
    '',
    'DCI with linear importances (Lasso). Higher is better; of the side effect, which is how much other attributes move per unit of the wanted one, lower.',
    '',
    modelSentence(measures),
  ].join('\n')}\n`;
}

/** RFC 4180, numbers in full. */
export function measuresAsCsv({ methods }: MeasuredModel): string {
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const head = ['method', ...columns.map(([key]) => key)].join(',');
  const rows = methods.map((row) => [quoted(row.method), ...columns.map(([key]) => row[key] ?? '')].join(','));
  return `${[head, ...rows].join('\r\n')}\r\n`;
}

export function measuresAsJson(measured: MeasuredModel): string {
  return `${JSON.stringify(measured, null, 2)}\n`;
}

function modelSentence({ ppl, features, separability }: ModelMeasures): string {
  const path = ppl === null ? '' : `Path length in w by ${features ?? 'pixels'}: ${number(ppl, '–')}. `;
  return `${path}Separability 2^ΣH(Y|X): ${number(separability, '–')}; 1 is perfect.`;
}

/** Three decimals where they say something, three digits of large numbers. */
function number(value: number | null, absent: string): string {
  if (value === null) return absent;
  return Math.abs(value) < 10 ? value.toFixed(3) : String(Number(value.toPrecision(3)));
}
