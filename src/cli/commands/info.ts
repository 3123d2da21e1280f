import { CHECKPOINT_OPTIONS } from '../architecture.js';
import { auxiliaryReport, describeAuxiliary } from '../auxiliaryReport.js';
import { readCheckpointSource } from '../checkpointSource.js';
import type { Command } from '../command.js';
import { openModel, type Model } from '../model.js';
import { describeNetwork, grouped, networkSizes } from '../networkSizes.js';
import { printable, type Terminal } from '../terminal.js';
import { describeUnknown, unknownReport } from '../unknownReport.js';

/** `ganvas info` */
export const info: Command = {
  name: 'info',
  summary: 'Say what a checkpoint holds and what was recognised in it.',
  operands: ['CHECKPOINT'],
  usage: '[--json] [--network NAME] [--arch layers.json]',
  options: { json: { value: null, help: 'The same as JSON.' }, ...CHECKPOINT_OPTIONS },
  notes: [
    'Nothing in the file is executed, and no GPU is used. Of a file without a known generator it shows the tensors and the ' +
      'nearest family, with the first difference, and ends with exit code 2.',
  ],
  examples: ['ganvas info face64', 'ganvas info network-snapshot.pkl --json'],
  usesGpu: false,

  async run(args, terminal) {
    const source = await readCheckpointSource(args.operand(0), terminal);
    terminal.progress({ label: `Reading ${source.name}`, fraction: null });
    const json = args.has('json');
    const auxiliary = auxiliaryReport(source);
    if (auxiliary !== null) return print(terminal, json, auxiliary, describeAuxiliary);
    const model = await openModel(source, args, terminal).catch((thrown: unknown) => {
      const unknown = unknownReport(source, thrown);
      if (unknown !== null) print(terminal, json, unknown, describeUnknown);
      throw thrown;
    });
    print(terminal, json, reportOf(model), describe);
  },
};

function print<T>(terminal: Terminal, json: boolean, report: T, inWords: (report: T) => string): void {
  terminal.progress(null);
  terminal.print(json ? JSON.stringify(report, null, 2) : inWords(report));
}

type Report = ReturnType<typeof reportOf>;

/** What `--json` prints; scripts rely on these names. */
function reportOf({ bytes, opened }: Model) {
  const { checkpoint, network, summary } = opened;
  const { name, family, resolution, imgChannels, zDim, wDim, cDim, numWs, parameters, hash } = summary;
  return {
    name,
    bytes: bytes.length,
    format: checkpoint.format,
    family,
    network: network.name,
    generators: summary.generators,
    className: network.className,
    resolution,
    imgChannels,
    zDim,
    wDim,
    cDim,
    numWs,
    parameters,
    hash,
    latentSpaces: summary.latentSpaces,
    canTruncate: summary.canTruncate,
    psiRange: summary.psiRange,
    takesTransform: summary.takesTransform,
    lacks: summary.lacks,
    config: opened.config,
    layers: summary.layers,
    networks: checkpoint.networks.map(networkSizes),
    metadata: checkpoint.metadata,
    inertGlobals: checkpoint.inertGlobals,
    notes: summary.notes,
  };
}

function describe(report: Report): string {
  const { imgChannels, resolution, cDim, inertGlobals } = report;
  const rows: readonly (readonly [string, string])[] = [
    ['file', `${report.name}, ${report.format}, ${grouped(report.bytes)} bytes`],
    ['family', report.family],
    ['picture', `${imgChannels} × ${resolution} × ${resolution}`],
    ['latents', latentSizes(report)],
    ['classes', cDim === 0 ? 'none' : String(cDim)],
    ['parameters', grouped(report.parameters)],
    ['spaces', report.latentSpaces.join(', ')],
    ...Object.entries(report.lacks).flatMap(([what, reason]) =>
      reason === null || what === 'transform' ? [] : [[`no ${what}`, reason] as const],
    ),
    [
      'config',
      Object.entries(report.config)
        .map(([key, value]) => `${key} ${String(value)}`)
        .join(', '),
    ],
    ['hash', report.hash],
    ['networks', report.networks.map((network) => describeNetwork(network) + useOf(network.name, report)).join('; ')],
    ['inert', inertGlobals.length === 0 ? 'none' : inertGlobals.join(', ')],
    ...Object.entries(report.metadata).map(([key, value]) => ['metadata', `${key} = ${shortened(value)}`] as const),
  ];
  return [
    ...rows.map(([label, text]) => `${label.padEnd(14)}${printable(text)}`),
    '',
    'Layers of W+',
    ...report.layers.map(({ index, names, resolution: size }) =>
      printable(`  ${String(index).padStart(2)}  ${`${size}²`.padEnd(7)}${names.join(', ')}`),
    ),
    '',
    ...report.notes.map(printable),
  ].join('\n');
}

function useOf(name: string, { network, generators }: Report): string {
  if (name === network) return ', used';
  return generators.includes(name) ? `, used with --network ${name}` : '';
}

/** W+ only where there is one to give: without a mapping network, z is all there is. */
function latentSizes({ latentSpaces, zDim, wDim, numWs }: Report): string {
  return latentSpaces.includes('w+') ? `z ${zDim}, w ${wDim}, W+ ${numWs} layers` : `z ${zDim}`;
}

function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
