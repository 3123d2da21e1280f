import type { MeasureStatus, MethodMeasures } from '../workbench/measureApi.js';

export interface MethodColumn {
  readonly key: Exclude<keyof MethodMeasures, 'method'>;
  readonly name: string;
  readonly title: string;
}

/** The measures in the order of the table. */
export const methodColumns: readonly MethodColumn[] = [
  { key: 'bestCorrelation', name: 'Best axis', title: 'Mean correlation of each attribute with its best axis' },
  {
    key: 'sideEffect',
    name: 'Side effects',
    title: 'What else moves per unit of the wanted attribute; lower is better',
  },
  { key: 'disentanglement', name: 'Disentanglement', title: 'DCI: each axis serves one attribute' },
  { key: 'completeness', name: 'Completeness', title: 'DCI: each attribute is served by one axis' },
  { key: 'informativeness', name: 'Informativeness', title: 'DCI: the axes tell the attributes' },
  { key: 'mig', name: 'MIG', title: 'Mutual information gap' },
  { key: 'sap', name: 'SAP', title: 'Separated attribute predictability' },
];

/** A row a method, a column a measure; what cannot be had is empty. */
export function measureCsv({ methods }: Pick<MeasureStatus, 'methods'>): string {
  const rows = methods.map((measured) =>
    [JSON.stringify(measured.method), ...methodColumns.map(({ key }) => measured[key] ?? '')].join(','),
  );
  return `${['method', ...methodColumns.map(({ key }) => key)].join(',')}\n${rows.join('\n')}\n`;
}

/** With the request that it came of. */
export function measureJson({ request, methods, model }: MeasureStatus): string {
  return `${JSON.stringify({ request, methods, model }, null, 2)}\n`;
}
