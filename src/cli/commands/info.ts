import { openCheckpoint } from '../../workbench/openedCheckpoint.js';
import { auxiliaryReport, describeAuxiliary } from '../auxiliaryReport.js';
import { readCheckpointSource } from '../checkpointSource.js';
import type { Command } from '../command.js';
import type { Model } from '../model.js';
import { describeNetwork, grouped, networkSizes } from '../networkSizes.js';
import { printable } from '../terminal.js';

/** `ganvas info` */
export const info: Command = {
  name: 'info',
  summary: 'Say what a checkpoint holds and what was recognised in it.',
  operands: ['CHECKPOINT'],
  usage: '[--json]',
  options: { json: { value: null, help: 'The same as JSON.' } },
  notes: ['Nothing in the file is executed, and no GPU is used.'],
  examples: ['ganvas info face64', 'ganvas info network-snapshot.pkl --json'],
  usesGpu: false,

  async run(args, terminal) {
    const source = await readCheckpointSource(args.operand(0), terminal);
    terminal.progress({ label: `Reading ${source.name}`, fraction: null });
    const auxiliary = auxiliaryReport(source);
    const report = auxiliary ?? reportOf({ ...source, opened: await openCheckpoint(source.bytes, source.name) });
    terminal.progress(null);
    if (args.has('json')) terminal.print(JSON.stringify(report, null, 2));
    else terminal.print('option' in report ? describeAuxiliary(report) : describe(report));
  },
};

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
    className: network.className,
    resolution,
    imgChannels,
    zDim,
    wDim,
    cDim,
    numWs,
    parameters,
    hash,
    canTruncate: summary.canTruncate,
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
    ['latents', `z ${report.zDim}, w ${report.wDim}, W+ ${report.numWs} layers`],
    ['classes', cDim === 0 ? 'none' : String(cDim)],
    ['parameters', grouped(report.parameters)],
    ['truncation', report.canTruncate ? 'possible' : 'not possible: the file holds no average w'],
    [
      'config',
      Object.entries(report.config)
        .map(([key, value]) => `${key} ${String(value)}`)
        .join(', '),
    ],
    ['hash', report.hash],
    [
      'networks',
      report.networks
        .map((network) => describeNetwork(network) + (network.name === report.network ? ', used' : ''))
        .join('; '),
    ],
    ['inert', inertGlobals.length === 0 ? 'none' : inertGlobals.join(', ')],
    ...Object.entries(report.metadata).map(([key, value]) => ['metadata', `${key} = ${shortened(value)}`] as const),
  ];
  return [
    ...rows.map(([label, text]) => `${label.padEnd(12)}${printable(text)}`),
    '',
    'Layers of W+',
    ...report.layers.map(({ index, names, resolution: size }) =>
      printable(`  ${String(index).padStart(2)}  ${`${size}²`.padEnd(7)}${names.join(', ')}`),
    ),
    '',
    ...report.notes.map(printable),
  ].join('\n');
}

function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
